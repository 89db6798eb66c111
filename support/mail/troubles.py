"""What went wrong with a mail server, as it is kept: a code, and behind a colon what the server said. Pure."""

import ssl

from storage.masking import masked

# What a person can do something about; web/desk/mail_words.py has the words. They stand in the database.
RECIPIENT, MAIL, SIGN_IN = "recipient refused", "mail refused", "sign-in refused"
NO_ADDRESS, BOUNCED = "no address that mail can be sent to", "bounced"
# Nobody thought of it: the log tells what happened.
UNEXPECTED = "unexpected"
TIMEOUT, TLS, CONNECTION, SERVER = "timeout", "tls", "no connection", "server"
LONGEST = 300


def kept_trouble(code: str, said: str = "") -> str:
    """A trouble as it is kept, without addresses and passwords."""
    words = masked(" ".join(said.split()))
    return f"{code}: {words}"[:LONGEST] if words else code


def parted(trouble: str) -> tuple[str, str]:
    """Code and server's words of a trouble that was kept."""
    code, _, said = trouble.partition(": ")
    return code, said


def connection_trouble(error: BaseException) -> str:
    """The code of what kept us from talking with a server; SERVER when it was reached and said what nobody expected."""
    if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
        return TLS
    if isinstance(error, TimeoutError):
        return TIMEOUT
    return CONNECTION if isinstance(error, OSError) else SERVER
