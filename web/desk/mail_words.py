"""What went wrong with a mail or a mail server, in words."""

from support.mail import troubles
from texts.catalogue import marked, translate

_WORDS = {
    troubles.BOUNCED: marked("it came back"),
    troubles.RECIPIENT: marked("The server does not take mail for this address"),
    troubles.MAIL: marked("The server did not take the mail"),
    troubles.SIGN_IN: marked("The server refused the user name or password"),
    troubles.NO_ADDRESS: marked("This is no address that mail can be sent to"),
    troubles.TIMEOUT: marked("The server did not answer in time"),
    troubles.TLS: marked("The server's certificate could not be verified"),
    troubles.CONNECTION: marked("The server could not be reached"),
    troubles.UNEXPECTED: marked("It could not be handed over; the log of the app says why"),
}
_SERVER = marked("The server did not answer as expected")


def mail_trouble(language: str, trouble: str) -> str:
    """A trouble that was kept, in somebody's language, with what the server itself said."""
    code, said = troubles.parted(trouble)
    words = translate(language, _WORDS.get(code, _SERVER))
    # What stands behind an unknown code was written for programmers.
    known = code in _WORDS or code == troubles.SERVER
    return f"{words} ({said})" if said and known else words
