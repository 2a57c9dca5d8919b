#include "cmd/table.h"

#include "text/utf8.h"
#include "util/banned.h"

void
mvc_table_release(struct mvc_table *t)
{
	mvc_names_release(&t->cells);
}

int
mvc_table_add(struct mvc_table *t, const char *text)
{
	MVC_SCOPED(mvc_buf) cell = MVC_BUF_INIT((size_t)4 << 20);
	int err = mvc_human_name(&cell, text, strlen(text));

	return err ? err : mvc_names_add(&t->cells, cell.data ? cell.data : "");
}

/* Characters; what is escaped has no others than those of width one, or two. */
static size_t
width(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/* Nothing stands behind a row's last text. */
static void
print_row(struct mvc_env *env, const struct mvc_table *t, const size_t *wide,
    char *const *cell)
{
	size_t n = t->columns, pad = 0;

	while (n && !*cell[n - 1])
		n--;
	for (size_t k = 0; k < n; k++) {
		mvc_print(env, "%*s%s", (int)pad, "", cell[k]);
		pad = wide[k] - width(cell[k]) + 2;
	}
	mvc_print(env, "\n");
}

void
mvc_table_print(struct mvc_env *env, const struct mvc_table *t)
{
	MVC_OWN_MEM size_t *wide = calloc(t->columns + 1, sizeof(*wide));
	size_t rows = t->columns ? t->cells.n / t->columns : 0;

	if (!wide)
		return;
	for (size_t i = 0; i < rows * t->columns; i++) {
		size_t w = width(t->cells.v[i]);

		if (w > wide[i % t->columns])
			wide[i % t->columns] = w;
	}
	for (size_t i = 0; i < rows; i++)
		print_row(env, t, wide, t->cells.v + i * t->columns);
}
