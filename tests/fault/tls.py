"""TLS against a real server with certificates of our own making: what is asked of a host that is not
local, what is refused, with which words, and what works.

0x7f000001 is this machine by a name that is not one of its own, so it passes for distant.
"""
import os
import shutil
import subprocess

from durability import main, need
from servers import with_stack

NAME = "db.planner.test"
DISTANT = "0x7f000001"


class Certificates:
    """An authority, a second one, and what the first has signed."""

    def __init__(self, directory):
        self.directory = directory
        os.mkdir(directory, 0o755)
        self.make("authority", "Authority")
        self.make("stranger", "Stranger")
        self.make("server", NAME, "-addext", f"subjectAltName=DNS:{NAME},IP:127.0.0.1", by="authority")
        self.make("client", "planner", by="authority")
        self.make("other", "somebody", by="stranger")

    def make(self, name, common, *arguments, by=None):
        signed = ["-CA", self.crt(by), "-CAkey", self.key(by)] if by else []
        done = subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
             "-days", "2", "-subj", f"/CN={common}", "-keyout", self.key(name), "-out", self.crt(name),
             *signed, *arguments], check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        need(done.returncode == 0, f"openssl: {done.stderr}")
        os.chmod(self.key(name), 0o600)

    def crt(self, name):
        return f"{self.directory}/{name}.crt"

    def key(self, name):
        return f"{self.directory}/{name}.key"


def with_tls(place, stack, rules=(), **settings):
    """A server that offers TLS on 127.0.0.1, and the certificates."""
    made = Certificates(f"{place.directory}/certificates")
    shutil.copy(made.key("server"), f"{place.directory}/server.key")
    if os.getuid() == 0:  # the server's account reads it, nobody else
        shutil.chown(f"{place.directory}/server.key", "postgres", "postgres")
    server = stack.postgres(ssl="on", ssl_cert_file=made.crt("server"),
                            ssl_key_file=f"{place.directory}/server.key",
                            ssl_ca_file=made.crt("authority"), **settings)
    if rules:
        with open(f"{server.home}/data/pg_hba.conf", "w", encoding="utf-8") as file:
            file.write("local all all trust\n" + "\n".join(rules) + "\n")
        place.sql("SELECT pg_reload_conf()", server.dsn)
    need(place.command("migrate", "up", "--dsn", server.dsn).returncode == 0, "migrate up")
    return server, made


def dsn_of(server, host, *more):
    address = " hostaddr=127.0.0.1" if host == NAME else ""
    return " ".join([f"host={host}{address} port={server.port} user=planner dbname=postgres", *more])


def home_of_nobody(place):
    """Without ~/.postgresql and ~/.pgpass of whoever runs the test."""
    os.environ["HOME"] = os.environ["XDG_CONFIG_HOME"] = place.directory


def works(place, dsn, *arguments, env=None):
    os.environ.update(env or {})
    done = place.command("migrate", "validate", *(["--dsn", dsn] if dsn else []), *arguments)
    for name in env or {}:
        del os.environ[name]
    need(done.returncode == 0, f"{dsn} {arguments}: {done.stdout}{done.stderr}")


def refused(place, words, dsn, *arguments):
    """Refused, at once, with these words, without a path of ours and without the password."""
    done = place.command("migrate", "validate", "--dsn", dsn, *arguments)
    need(done.returncode == 1, f"{dsn} {arguments}: exit code {done.returncode}")
    need(words in done.stderr, f"{words!r} is not in: {done.stderr}")
    need(place.directory not in done.stderr and "hunter2" not in done.stderr, done.stderr)


@with_stack
def a_distant_host_has_to_offer_tls_unless_told_otherwise(place, stack):
    home_of_nobody(place)
    plain = stack.postgres()
    need(place.command("migrate", "up", "--dsn", plain.dsn).returncode == 0, "migrate up")
    advice = "the server offers no TLS (SSL), which is required: turn it on there, or set 'tls' to disable"
    refused(place, advice, dsn_of(plain, DISTANT, "password=hunter2"))
    refused(place, advice, dsn_of(plain, f"127.0.0.1,{DISTANT}"))
    refused(place, advice, dsn_of(plain, "127.0.0.1"), "--tls", "require")
    works(place, dsn_of(plain, DISTANT), "--tls", "disable")
    works(place, dsn_of(plain, DISTANT), env={"PLANNER_TLS": "disable"})
    works(place, dsn_of(plain, DISTANT, "sslmode=disable"))
    works(place, dsn_of(plain, "127.0.0.1"))
    server = place.serve("--dsn", dsn_of(plain, DISTANT))
    answer = server.wait(server.call("list_projects"), 30)
    need(answer.failed and advice in answer.text and "nothing was changed" in answer.text, answer.text)
    place.end(server)


def is_encrypted(place, server):
    client = place.serve("--dsn", dsn_of(server, DISTANT))
    client.good("list_projects")
    seen = place.rows("SELECT s.ssl FROM pg_stat_ssl s JOIN pg_stat_activity USING (pid)"
                      " WHERE application_name = 'mcp-planner'", server.dsn)
    place.end(client)
    return seen == [["t"]]


@with_stack
def a_distant_host_gets_tls_and_is_checked_as_far_as_is_asked(place, stack):
    home_of_nobody(place)
    server, made = with_tls(place, stack)
    right, wrong_name = dsn_of(server, NAME), dsn_of(server, NAME).replace(NAME, "db2.planner.test")
    ca, stranger = made.crt("authority"), made.crt("stranger")
    need(is_encrypted(place, server), "a distant host that offers TLS is not asked for it")
    works(place, right, "--tls", "verify-full", "--tls-ca", ca)
    works(place, right, "--tls-ca", ca)
    works(place, right + f" sslmode=verify-full sslrootcert={ca}")
    works(place, dsn_of(server, DISTANT), "--tls-ca", ca)  # by its address in the certificate
    works(place, right, env={"PLANNER_TLS": "verify-full", "PLANNER_TLS_CA": ca})
    works(place, wrong_name, "--tls", "verify-ca", "--tls-ca", ca)
    works(place, wrong_name, "--tls", "require")
    refused(place, "the server's certificate is for another name", wrong_name, "--tls-ca", ca)
    refused(place, "the server's certificate is for another name",
            wrong_name + f" sslmode=verify-full sslrootcert={ca}")
    refused(place, "is not signed by the authority of 'tls-ca'", right, "--tls-ca", stranger)
    refused(place, "is not signed by the authority of 'tls-ca'", right, "--tls", "verify-ca",
            "--tls-ca", stranger)
    refused(place, "there is no certificate of an authority", right, "--tls", "verify-full")
    refused(place, "there is no certificate of an authority", right, "--tls-ca",
            f"{place.directory}/none.crt")
    # What is said loudest does not weaken what the other asks for: --tls is the last word.
    refused(place, "another name", wrong_name + " sslmode=disable", "--tls", "verify-full",
            "--tls-ca", ca)
    os.mkdir(f"{place.directory}/.postgresql")
    shutil.copy(ca, f"{place.directory}/.postgresql/root.crt")
    works(place, right, "--tls", "verify-full")


@with_stack
def a_server_may_ask_for_a_certificate_of_ours(place, stack):
    home_of_nobody(place)
    server, made = with_tls(place, stack, ["hostssl all all 127.0.0.1/32 cert"])
    dsn = dsn_of(server, NAME)
    ours = ["--tls", "require", "--tls-cert", made.crt("client"), "--tls-key", made.key("client")]
    works(place, dsn, *ours)
    works(place, dsn + f" sslmode=require sslcert={made.crt('client')} sslkey={made.key('client')}")
    refused(place, "the server wants a certificate from us: name it with 'tls-cert'", dsn, "--tls",
            "require")
    refused(place, "", dsn, "--tls", "require", "--tls-cert", made.crt("other"), "--tls-key",
            made.key("other"))
    refused(place, "see 'tls-cert' and 'tls-key'", dsn, "--tls", "require", "--tls-cert",
            made.key("client"), "--tls-key", made.key("client"))
    os.chmod(made.key("client"), 0o644)
    refused(place, "the key of our certificate cannot be used (others may read it?)", dsn, *ours)


@with_stack
def supabase_is_composed_and_checked(place, stack):
    home_of_nobody(place)
    password = "p'w\\ %40:@/&=\" x"
    server, made = with_tls(place, stack, ["hostssl all all 127.0.0.1/32 scram-sha-256"])
    quoted = password.replace("'", "''")
    place.sql(f"SET standard_conforming_strings = on; CREATE ROLE \"postgres.ref\" SUPERUSER LOGIN"
              f" PASSWORD '{quoted}'", server.dsn)
    env = {"DATABASE_TYPE": "supabase", "SUPABASE_URL": "https://ref.supabase.co",
           "SUPABASE_DB_PASSWORD": password, "SUPABASE_HOST": f"{DISTANT}:{server.port}"}
    works(place, None, env=env)
    works(place, None, env={**env, "SUPABASE_CA": made.crt("authority")})
    os.environ.update({**env, "SUPABASE_CA": made.crt("stranger")})
    done = place.command("migrate", "validate")
    need(done.returncode == 1 and "is not signed by the authority" in done.stderr, done.stderr)
    os.environ["SUPABASE_DB_PASSWORD"] = "wrong"
    del os.environ["SUPABASE_CA"]
    done = place.command("migrate", "validate")
    for name in env:
        os.environ.pop(name, None)
    need(done.returncode == 1 and "password authentication failed" in done.stderr, done.stderr)


if __name__ == "__main__":
    main(a_distant_host_has_to_offer_tls_unless_told_otherwise,
         a_distant_host_gets_tls_and_is_checked_as_far_as_is_asked,
         a_server_may_ask_for_a_certificate_of_ours, supabase_is_composed_and_checked)
