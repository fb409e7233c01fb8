"""Keys of voice services: from the environment, else from the system's keyring. Never from a profile or an option.

A key belongs to a host and goes nowhere else. A service's plain names (DUB_OPENAI_KEY, OPENAI_API_KEY) belong to the
service's own hosts, over https. Every other server has names of its own, this computer's too: the server at
http://127.0.0.1:8880 has DUB_OPENAI_127_0_0_1_8880_KEY, for that port alone, or DUB_OPENAI_127_0_0_1_KEY, for all ports
of that host; in the keyring openai@127.0.0.1:8880 or openai@127.0.0.1. How a host is spelled: addresses.spelled.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from dubber import addresses
from dubber.addresses import Address

_VARIABLE = re.compile("DUB_[A-Z0-9_]*_?KEY|OPENAI_API_KEY|API_302_KEY")
_PLAIN = {"openai": ("DUB_OPENAI_KEY", "OPENAI_API_KEY"), "302ai": ("DUB_302AI_KEY", "API_302_KEY")}


def key_of(service: str, server: str, homes: tuple[str, ...]) -> str | None:
    """The key that one server of a service ("openai") is sent; homes: the service's own hosts. None: there is none."""
    return next((key for _, key in _held(service, server, homes)), None)


def key_place(service: str, server: str, homes: tuple[str, ...]) -> str:
    """Where that key was found, for people: the variable's name, or the keyring's entry; "" when there is none."""
    return next((place for place, _ in _held(service, server, homes)), "")


def key_name(service: str, server: str, homes: tuple[str, ...]) -> str:
    """Where the user is to keep that key: an environment variable's name, else (IPv6) an entry of the keyring."""
    address = _read(server)
    if address is None or _official(address, homes):
        return _plain_names(service)[0]
    own = _variables(service, address)
    return own[0] if own else f"{_entries(service, address)[0]} of the keyring's service dub"


def key_advice(service: str, server: str, homes: tuple[str, ...]) -> str:
    """What to set so that key_of finds a key; why a plain key that is set is not sent there."""
    return f"set {key_name(service, server, homes)} to its key{_held_back(service, server, homes)}"


def unsent(service: str, server: str, homes: tuple[str, ...]) -> str:
    """A sentence about a server that is sent no key although the service's plain one is set; "" where it has its own,
    where it is the service's, or where no key is set at all."""
    why = "" if key_of(service, server, homes) else _held_back(service, server, homes)
    return f"{server} is sent no key{why}: if it wants one, set {key_name(service, server, homes)}" if why else ""


def variables() -> tuple[str, ...]:
    """The environment variables that hold a key here, by name."""
    return tuple(sorted(name for name in os.environ if _VARIABLE.fullmatch(name) and _set_in_environment(name)))


def _held_back(service: str, server: str, homes: tuple[str, ...]) -> str:
    address = _read(server)
    if address is None or _official(address, homes):
        return ""
    name = next((name for name in _plain_names(service) if _set_in_environment(name)), "")
    if not name and not _from_keyring(service):
        return ""
    return f" ({name or 'the plain key of the keyring'} goes to https://{homes[0]} only)"


def _held(service: str, server: str, homes: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The keys that are kept for a server, with where, the first one first. An address that is none has no key."""
    address = _read(server)
    if address is None:
        return
    official = _official(address, homes)
    for variable in (*_variables(service, address), *(_plain_names(service) if official else ())):
        if value := _set_in_environment(variable):
            yield variable, value
    for entry in (*_entries(service, address), *((service,) if official else ())):
        if value := _from_keyring(entry):
            yield f"{entry} in the keyring", value


def _set_in_environment(variable: str) -> str:
    return os.environ.get(variable, "").strip()


def _plain_names(service: str) -> tuple[str, ...]:
    return _PLAIN.get(service, (f"DUB_{service.upper()}_KEY",))


def _official(address: Address, homes: tuple[str, ...]) -> bool:
    return address.scheme == "https" and address.host in homes


def _variables(service: str, address: Address) -> tuple[str, ...]:
    """The variables of one server alone: with its port, where it has one, and of its host."""
    names = dict.fromkeys(map(addresses.spelled, _places(address)))
    return tuple(f"DUB_{service.upper()}_{name}_KEY" for name in names if name)


def _entries(service: str, address: Address) -> tuple[str, ...]:
    return tuple(f"{service}@{place}" for place in dict.fromkeys(_places(address)))


def _places(address: Address) -> tuple[str, str]:
    return address.place, f"[{address.host}]" if ":" in address.host else address.host


def _read(server: str) -> Address | None:
    """An address, or None for what is none: whoever asks it says what is wrong with it."""
    try:
        return addresses.read(server)
    except ValueError:
        return None


def _from_keyring(name: str) -> str:
    try:
        import keyring

        return keyring.get_password("dub", name) or ""
    except Exception:  # a machine without a keyring raises many kinds; it simply holds no key
        return ""
