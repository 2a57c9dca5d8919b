#include "lineage/record.h"

#include "lineage/moment.h"

#include <criterion/criterion.h>

#define OID "6f1c0b5d6f1c0b5d6f1c0b5d6f1c0b5d6f1c0b5d6f1c0b5d6f1c0b5d6f1c0b5d"
#define GIT "91ab000000000000000000000000000000000000"

/* As mvc-records(5) has it: what follows pins the format. */
static const char golden[] = "{\n"
			     "\t\"$mvc\": \"record 1\",\n"
			     "\t\"code\": {\n"
			     "\t\t\"clean\": false,\n"
			     "\t\t\"commit\": \"" GIT "\",\n"
			     "\t\t\"tree\": \"" GIT "\"\n"
			     "\t},\n"
			     "\t\"command\": [\n"
			     "\t\t\"python\",\n"
			     "\t\t\"train.py\"\n"
			     "\t],\n"
			     "\t\"duration\": 840123,\n"
			     "\t\"environment\": \"" OID "\",\n"
			     "\t\"exit\": 0,\n"
			     "\t\"host\": \"gpu-2\",\n"
			     "\t\"inputs\": [\n"
			     "\t\t{\n"
			     "\t\t\t\"changed\": true,\n"
			     "\t\t\t\"files\": 100000,\n"
			     "\t\t\t\"kind\": \"data\",\n"
			     "\t\t\t\"oid\": \"" OID "\",\n"
			     "\t\t\t\"path\": \"images\",\n"
			     "\t\t\t\"size\": 9800000000,\n"
			     "\t\t\t\"type\": \"tree\"\n"
			     "\t\t},\n"
			     "\t\t{\n"
			     "\t\t\t\"git\": \"" GIT "\",\n"
			     "\t\t\t\"kind\": \"git\",\n"
			     "\t\t\t\"path\": \"params.yaml\",\n"
			     "\t\t\t\"size\": 12,\n"
			     "\t\t\t\"type\": \"file\"\n"
			     "\t\t}\n"
			     "\t],\n"
			     "\t\"metrics\": [\n"
			     "\t\t{\n"
			     "\t\t\t\"key\": \"loss\",\n"
			     "\t\t\t\"step\": 1,\n"
			     "\t\t\t\"value\": null\n"
			     "\t\t},\n"
			     "\t\t{\n"
			     "\t\t\t\"file\": \"scores.json\",\n"
			     "\t\t\t\"key\": \"accuracy\",\n"
			     "\t\t\t\"value\": 0.912\n"
			     "\t\t}\n"
			     "\t],\n"
			     "\t\"name\": \"train\",\n"
			     "\t\"outputs\": [],\n"
			     "\t\"params\": [\n"
			     "\t\t{\n"
			     "\t\t\t\"file\": \"params.yaml\",\n"
			     "\t\t\t\"key\": \"lr\",\n"
			     "\t\t\t\"value\": 1e-05\n"
			     "\t\t}\n"
			     "\t],\n"
			     "\t\"result\": \"done\",\n"
			     "\t\"seeds\": [],\n"
			     "\t\"started\": \"2026-11-03T09:12:45.123Z\",\n"
			     "\t\"who\": {\n"
			     "\t\t\"email\": \"ada@lab.test\",\n"
			     "\t\t\"name\": \"Ada\"\n"
			     "\t}\n"
			     "}\n";

static int
parse(struct mvc_record *r, const char *text)
{
	return mvc_record_parse(r, "r", text, strlen(text));
}

/* The golden text with its first `old` replaced. */
static char *
edited(const char *old, const char *new)
{
	const char *at = strstr(golden, old);
	char *out;

	cr_assert(at, "%s", old);
	cr_assert(asprintf(&out, "%.*s%s%s", (int)(at - golden), golden, new,
		      at + strlen(old)) > 0);
	return out;
}

static void
assert_refused(int code, const char *old, const char *new, const char *why)
{
	MVC_OWN_MEM char *text = edited(old, new);
	struct mvc_record r;

	cr_assert_eq(parse(&r, text), code, "%s: %s", new, mvc_error_text());
	cr_assert(strstr(mvc_error_text(), why), "got: %s", mvc_error_text());
	cr_assert_null(r.cwd);
	cr_assert_eq(r.inputs.n, 0);
}

static void
assert_formats(const struct mvc_record *r, const char *text)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(MVC_RECORD_MAX);

	cr_assert_eq(mvc_record_format(&b, r), 0, "%s", mvc_error_text());
	cr_assert_str_eq(b.data, text);
}

Test(lineage_record, golden_text_is_read_and_written_the_same)
{
	MVC_SCOPED(mvc_record) r = MVC_RECORD_INIT;

	cr_assert_eq(parse(&r, golden), 0, "%s", mvc_error_text());
	cr_assert_str_eq(r.name, "train");
	cr_assert_eq(r.command.n, 2);
	cr_assert_str_eq(r.command.v[1], "train.py");
	cr_assert_null(r.cwd);
	cr_assert_eq(r.duration, 840123);
	cr_assert_eq(r.started, 1793697165123);
	cr_assert(!r.failed && r.exit == 0 && !r.clean);
	cr_assert_eq(r.commit.n, 20);
	cr_assert_eq(r.inputs.n, 2);
	cr_assert(r.inputs.v[0].changed && r.inputs.v[0].has_oid);
	cr_assert_eq(r.inputs.v[0].files, 100000);
	cr_assert_eq(r.inputs.v[1].kind, MVC_RUN_GIT);
	cr_assert(!r.inputs.v[1].has_oid);
	cr_assert_float_eq(r.metrics.v[1].real, 0.912, 0);
	cr_assert(r.metrics.v[0].has_step && r.metrics.v[0].step == 1);
	cr_assert_eq(r.metrics.v[0].type, MVC_RUN_NULL);
	cr_assert_float_eq(r.params.v[0].real, 1e-5, 0);
	cr_assert_str_eq(r.host, "gpu-2");
	assert_formats(&r, golden);
}

Test(lineage_record, id_is_what_b3sum_prints)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(100);
	struct mvc_oid id;

	cr_assert_eq(mvc_buf_add_str(&b, "abc"), 0);
	mvc_record_id(&id, &b);
	cr_assert_str_eq(mvc_oid_hex(&id).s,
	    "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85");
}

Test(lineage_record, members_of_later_versions_are_passed_over)
{
	MVC_OWN_MEM char *text = edited("\t\"who\": {\n",
	    "\t\"weather\": [\n\t\t1.5\n\t],\n\t\"who\": {\n");
	MVC_SCOPED(mvc_record) r = MVC_RECORD_INIT;

	cr_assert_eq(parse(&r, text), 0, "%s", mvc_error_text());
	cr_assert_str_eq(r.who, "Ada");
}

Test(lineage_record, later_version_is_told_from_damage)
{
	assert_refused(MVC_EVERSION, "record 1", "record 2", "newer mvc");
	assert_refused(MVC_EVERSION, "record 1", "record 10", "newer mvc");
	assert_refused(MVC_EINVALID, "record 1", "record 0", "no record");
	assert_refused(MVC_EINVALID, "record 1", "environment 1", "no record");
	assert_refused(MVC_EINVALID, "{\n", "{ \n", "no record");
}

Test(lineage_record, other_spellings_of_the_same_are_refused)
{
	assert_refused(MVC_EINVALID, "\"exit\": 0", "\"exit\":0", "canonical");
	assert_refused(MVC_EINVALID, "0.912", "0.9120", "canonical");
	assert_refused(MVC_EINVALID, "0.912", "9.12e-1", "canonical");
	assert_refused(MVC_EINVALID, "gpu-2", "\\u0067pu-2", "canonical");
	assert_refused(MVC_EINVALID, "\"name\": \"train\",\n", "", "canonical");
	assert_refused(MVC_EINVALID, "\t\"exit\": 0,\n",
	    "\t\"exit\": 0,\n\t\"exit\": 0,\n", "no JSON");
	assert_refused(MVC_EINVALID, "}\n\t]", "}\r\n\t]", "canonical");
}

Test(lineage_record, hostile_members_are_refused)
{
	static const struct {
		const char *old, *new, *why;
	} v[] = {
	    {"\"images\"", "\"../images\"", "../images"},
	    {"\"images\"", "\"/images\"", "/images"},
	    {"\"images\"", "\"images/\"", "images/"},
	    {"\"images\"", "\"a/.GIT/config\"", ".GIT"},
	    {"\"images\"", "\"zzz\"", "not in order"},
	    {"\"images\"", "17", "wrong kind"},
	    {"\"images\"", "\"\\u0000\"", "no JSON"},
	    {"\"" OID "\",\n\t\t\t\"path\"", "\"6F\",\n\t\t\t\"path\"",
		"no id"},
	    {"\"" GIT "\",\n\t\t\t\"kind\"", "\"91AB\",\n\t\t\t\"kind\"",
		"no id of Git"},
	    {"9800000000", "-1", "out of range"},
	    {"9800000000", "9800000000.5", "wrong kind"},
	    {"840123", "9223372036854775808", "no JSON"},
	    {"\"tree\"\n\t\t}", "\"link\"\n\t\t}", "none that is known"},
	    {"\"kind\": \"data\"", "\"kind\": \"failed\"", "one that failed"},
	    {"\"exit\": 0", "\"exit\": 256", "out of range"},
	    {"\"exit\": 0", "\"exit\": 1", "failed"},
	    {"\"done\"", "\"perhaps\"", "none that is known"},
	    {"2026-11-03", "2026-11-31", "no moment"},
	    {"2026-11-03T09", "2026-11-03 09", "no moment"},
	    {"0.912", "[]", "more than one"},
	    {"\"loss\"", "17", "wrong kind"},
	    {"\"python\"", "null", "no text"},
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(*v); i++)
		assert_refused(MVC_EINVALID, v[i].old, v[i].new, v[i].why);
}

Test(lineage_record, every_truncation_is_refused)
{
	struct mvc_record r;

	for (size_t n = 0; n < strlen(golden); n++)
		cr_assert_neq(mvc_record_parse(&r, "r", golden, n), 0);
}

Test(lineage_record, levels_without_end_are_refused)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(1 << 20);
	struct mvc_record r;

	cr_assert_eq(
	    mvc_buf_add_str(&b, "{\n\t\"$mvc\": \"record 1\",\"a\":"), 0);
	for (int i = 0; i < 100000; i++)
		cr_assert_eq(mvc_buf_add_char(&b, '['), 0);
	cr_assert_eq(mvc_record_parse(&r, "r", b.data, b.len), MVC_EINVALID);
}

Test(lineage_record, what_could_not_be_read_is_not_written)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(MVC_RECORD_MAX);
	MVC_SCOPED(mvc_record) r = MVC_RECORD_INIT;
	struct mvc_run_file *f;

	cr_assert_eq(mvc_run_files_add(&f, &r.inputs, "a/../b"), 0);
	f->kind = MVC_RUN_LOOSE;
	f->type = MVC_POINTER_FILE;
	f->has_oid = true;
	cr_assert_eq(mvc_record_format(&b, &r), MVC_EINVALID);
	cr_assert_eq(b.len, 0);
	r.inputs.v[0].path[2] = 'x';
	r.inputs.v[0].path[3] = 'x';
	cr_assert_eq(mvc_record_format(&b, &r), 0, "%s", mvc_error_text());
	mvc_buf_clear(&b);
	r.host = strdup("not \xff UTF-8");
	cr_assert_eq(mvc_record_format(&b, &r), MVC_EINVALID);
}

Test(lineage_record, lists_are_sorted_and_the_last_of_equals_is_kept)
{
	static const char *const keys[] = {"b", "a", "b", "c", "a"};
	MVC_SCOPED(mvc_record) r = MVC_RECORD_INIT;
	struct mvc_run_value *v;

	for (int i = 0; i < 5; i++) {
		cr_assert_eq(mvc_run_values_add(&v, &r.params, "", keys[i]), 0);
		v->type = MVC_RUN_INT;
		v->whole = i;
	}
	mvc_record_sort(&r);
	cr_assert_eq(r.params.n, 3);
	for (int i = 0; i < 3; i++)
		cr_assert_str_eq(
		    r.params.v[i].key, ((const char *[]){"a", "b", "c"})[i]);
	cr_assert_eq(r.params.v[0].whole, 4);
	cr_assert_eq(r.params.v[1].whole, 2);
}

Test(lineage_record, numbers_come_back_as_they_were)
{
	static const double reals[] = {0.1, 1e300, -2.5e-310, 1.0 / 3,
	    123456.75, 3, 1e20, 9007199254740993.0, -0.0};
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(MVC_RECORD_MAX);
	MVC_SCOPED(mvc_record) r = MVC_RECORD_INIT, q = MVC_RECORD_INIT;
	struct mvc_run_value *v;
	char key[] = "a";

	for (size_t i = 0; i < 9; i++, key[0]++) {
		cr_assert_eq(mvc_run_values_add(&v, &r.params, "", key), 0);
		v->type = MVC_RUN_REAL;
		v->real = reals[i];
	}
	cr_assert_eq(mvc_record_format(&b, &r), 0, "%s", mvc_error_text());
	cr_assert_eq(mvc_record_parse(&q, "r", b.data, b.len), 0);
	for (size_t i = 0; i < 9; i++) {
		v = &q.params.v[i];
		cr_assert((v->type == MVC_RUN_INT ? (double)v->whole
						  : v->real) == reals[i]);
	}
}

Test(lineage_record, moments_are_read_as_they_are_written)
{
	static const int64_t ms[] = {
	    0, -1, 1793697165123, 253402300799999, -62167219200000};
	struct mvc_moment m;
	int64_t back;

	for (size_t i = 0; i < sizeof(ms) / sizeof(*ms); i++) {
		cr_assert_eq(mvc_moment_format(&m, ms[i]), 0);
		cr_assert_eq(mvc_moment_parse(&back, m.s), 0, "%s", m.s);
		cr_assert_eq(back, ms[i], "%s", m.s);
	}
	cr_assert_neq(mvc_moment_format(&m, INT64_MAX), 0);
	cr_assert_neq(mvc_moment_format(&m, INT64_MIN), 0);
}
