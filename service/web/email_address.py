"""E-mail addresses as every room reads them: the forms, imports, invitations, and the mail room that writes to them."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email

from service.errors import Invalid


def canonical(address: str) -> str:
    """The one spelling that is stored, indexed and written to: ASCII, a domain of other letters as punycode.

    Taken is what a mail server elsewhere can be asked to deliver: a public domain, no quoted or non-ASCII part before the @.
    Nothing is looked up. Raises Invalid.
    """
    try:
        checked = validate_email(address, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError:
        raise Invalid(fields={"email": "email"}) from None
    if checked.ascii_email is None or checked.display_name:
        raise Invalid(fields={"email": "email"})
    return checked.ascii_email


def is_address(address: str) -> bool:
    try:
        canonical(address)
    except Invalid:
        return False
    return True


def mailbox_of(address: str) -> str:
    """What most providers deliver to one mailbox: no +tag, no capitals, and no dots where the provider ignores them."""
    local, _, domain = canonical(address).lower().rpartition("@")
    local = local.partition("+")[0] or local
    if domain in _DOTS_IGNORED:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


_DOTS_IGNORED = frozenset({"gmail.com", "googlemail.com"})
