#!/usr/bin/env python3
"""metadata.py FILE (gets its port): what gives credentials to a container, to an instance and
for a role, as far as a client of it can see: /keys with the token "container"
(and /plain without), the instance's metadata (version 2), and the token
service, which asks for a web identity's token or for a signature; and a proxy
that says what it was asked for."""
import http.server
import json
import os
import sys

KEYS = {"AccessKeyId": "test", "SecretAccessKey": "secretsecret",
        "Expiration": "2099-01-02T03:04:05Z", "Code": "Success"}
ROLE = "/latest/meta-data/iam/security-credentials/"


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, text=""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_CONNECT(self):
        """As a proxy, it tells whom somebody wants, and refuses."""
        os.write(1, (self.path + "\n").encode())  # one call: no half lines
        self.answer(403)

    def do_PUT(self):
        good = (self.path == "/latest/api/token" and
                self.headers["X-aws-ec2-metadata-token-ttl-seconds"])
        self.answer(200 if good else 400, "instance-token")

    def do_GET(self):
        instance = self.headers["X-aws-ec2-metadata-token"] == "instance-token"
        if self.path == "/keys":
            good = self.headers["Authorization"] == "container"
            self.answer(200 if good else 403, json.dumps(KEYS))
        elif self.path == ROLE and instance:
            self.answer(200, "the-role\n")
        elif self.path == ROLE + "the-role" and instance:
            self.answer(200, json.dumps(KEYS))
        else:
            self.answer(403 if not instance else 404)

    def do_POST(self):
        form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        web = "WebIdentityToken=jwt" in form and "WebIdentity&" in form
        signed = "Credential=source/" in self.headers.get("Authorization", "")
        if "RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fx" not in form or \
                not (web or signed):
            self.answer(403, "<ErrorResponse/>")
            return
        self.answer(200, "<AssumeRoleResponse><AssumeRoleResult><Credentials>"
                    "<AccessKeyId>test</AccessKeyId>"
                    "<SecretAccessKey>secretsecret</SecretAccessKey>"
                    "<Expiration>2099-01-02T03:04:05Z</Expiration>"
                    "</Credentials></AssumeRoleResult></AssumeRoleResponse>")

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(sys.argv[1], "w") as f:
    f.write("%d\n" % server.server_port)
server.serve_forever()
