"""E-mail addresses as every room reads them: the forms, imports, invitations, and the mail room that writes to them."""

from __future__ import annotations

from difflib import get_close_matches

from email_validator import EmailNotValidError, validate_email

from service.errors import Invalid

PROVIDERS = (
    "gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "icloud.com", "comcast.net", "verizon.net", "sbcglobal.net", "bellsouth.net",
    "earthlink.net", "charter.net",
)  # fmt: skip
REAL_NAMES = frozenset({"ymail.com", "mail.com", "email.com", "fmail.com", "cloud.com"})  # so near to one of them, and not a slip
SLIP = 0.85  # likeness as difflib counts it: one letter missing, doubled, wrong or swapped


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


def likely_meant(address: str) -> str | None:
    """The address of which a slip of the finger in a big provider's name made this one; None where nothing looks like a slip."""
    local, _, domain = address.rpartition("@")
    domain = domain.lower()
    if domain in PROVIDERS or domain in REAL_NAMES or domain.startswith(tuple(f"{provider}." for provider in PROVIDERS)):
        return None
    near = get_close_matches(domain, PROVIDERS, n=1, cutoff=SLIP)
    return f"{local}@{near[0]}" if near else None


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
