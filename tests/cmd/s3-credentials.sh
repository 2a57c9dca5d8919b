# Where credentials for S3 come from, beside the environment and files (s3.sh):
# a container, an instance, roles; and whom TLS trusts.
. "$srcdir/tests/cmd/lib.sh"
need openssl
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem \
    -days 3650 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 \
    >/dev/null 2>&1 || exit 1
export AWS_CA_BUNDLE="$scratch/work/cert.pem"
s3_start --cert "$PWD/cert.pem" --key "$PWD/key.pem"
gateway=$port
py_start "$srcdir/tests/metadata.py"
meta=http://127.0.0.1:$port
lab=s3://lab/x
masked() {
	sed -E -e "s/127.0.0.1:$gateway/SERVER/g" -e "s|$HOME|~|"
}
: >empty

echo "- TLS"
t place $lab put a empty
(unset AWS_CA_BUNDLE; t place $lab list | masked)
AWS_CA_BUNDLE=/nowhere t place $lab list | masked
AWS_ENDPOINT_URL="http://127.0.0.1:$gateway" MVC_TIMEOUT=1 place $lab list \
    >said 2>&1 || echo "in clear: no"

unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
echo "- a container"
export AWS_CONTAINER_CREDENTIALS_FULL_URI="$meta/keys"
t place $lab list | masked
AWS_CONTAINER_AUTHORIZATION_TOKEN=container t place $lab list
printf container >token
AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=token t place $lab list
unset AWS_CONTAINER_CREDENTIALS_FULL_URI

echo "- an instance"
AWS_EC2_METADATA_SERVICE_ENDPOINT="$meta/" AWS_EC2_METADATA_DISABLED='' \
    t place $lab list
AWS_EC2_METADATA_SERVICE_ENDPOINT="$meta/none" AWS_EC2_METADATA_DISABLED='' \
    t place $lab list | cut -c1-60

echo "- a web identity"
export AWS_ENDPOINT_URL_STS="$meta"
printf 'jwt\n' >jwt
AWS_WEB_IDENTITY_TOKEN_FILE=jwt AWS_ROLE_ARN=arn:aws:iam::1:role/x \
    t place $lab list
AWS_WEB_IDENTITY_TOKEN_FILE=jwt AWS_ROLE_ARN=arn:aws:iam::1:role/y \
    t place $lab list

echo "- a role of the configuration"
mkdir "$HOME/.aws"
cat >"$HOME/.aws/config" <<END
[default]
role_arn = arn:aws:iam::1:role/x
source_profile = source
[profile web]
role_arn = arn:aws:iam::1:role/x
web_identity_token_file = jwt
[profile source]
aws_access_key_id = source
aws_secret_access_key = whatever
END
t place $lab list
AWS_PROFILE=web t place $lab list

printf '[default]\ns3 =\n  addressing_style = path\n' >path
echo "- Amazon's servers, by the bucket's name where it can be a host's"
unset AWS_ENDPOINT_URL
export AWS_ACCESS_KEY_ID=a AWS_SECRET_ACCESS_KEY=b https_proxy="$meta"
for u in s3://cats s3://cats.example.org s3://Cats/x; do
	place $u list >>refused 2>&1 &
	wanted="${wanted-} $!"
done
AWS_REGION=eu-west-1 place s3://dogs list >>refused 2>&1 &
wanted="$wanted $!"
AWS_REGION=cn-north-1 AWS_CONFIG_FILE=path place s3://dogs list \
    >>refused 2>&1 &
# shellcheck disable=SC2086
wait $wanted $!
sort -u "$background_log"
