"""An SMTP server for tests. Prints the port it listens on, then one JSON line for each mail it was given.

Arguments: port (0: any), answer to every recipient ("" accepts), user, password ("" asks for no login).
"""
import asyncio
import base64
import json
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Sink:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        content = base64.b64encode(envelope.content).decode()
        print(json.dumps({"from": envelope.mail_from, "to": envelope.rcpt_tos, "content": content}), flush=True)
        return "250 OK"


def login(server, session, envelope, mechanism, data):
    fits = (data.login, data.password) == (user.encode(), password.encode())
    return AuthResult(success=fits, handled=False)


async def main():
    settings = {"auth_required": True, "auth_require_tls": False, "authenticator": login} if user else {}
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(Sink(), hostname="sink", **settings), "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    # The test that started it closes this pipe, or dies: either ends the server.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


port, refusal, user, password = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
asyncio.run(main())
