"""Who may start and stop runs: nobody but who sits at this machine, unless the operator says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.visitors import is_at_this_machine
from etl.settings import ALLOW_RUNS_VARIABLE, RUN_USERS_VARIABLE, RunSettings

AT_THIS_MACHINE = "someone at this machine"
A_VISITOR = "a visitor"


@dataclass(frozen=True, slots=True)
class Access:
    """Whether a visitor may start and stop runs: who they are, or why they may not, in one sentence."""

    user: str = ""
    refusal: str = ""

    @property
    def allowed(self) -> bool:
        """Whether they may."""
        return not self.refusal


def access(
    address: str | None, headers: Mapping[str, str], user: Mapping[str, Any], settings: RunSettings
) -> Access:
    """What a visitor may do.

    Args:
        address: what the server listens on.
        headers: of the visitor's connection.
        user: as Streamlit's login says; without `is_logged_in` where none is set up.
        settings: as the environment says.
    """
    local = is_at_this_machine(address, headers)
    if not local and not settings.allowed:
        return Access(
            refusal="Runs can be started here only at the machine that the dashboard runs on; whoever operates it may "
            f"allow others with {ALLOW_RUNS_VARIABLE}=1."
        )
    if "is_logged_in" not in user:
        if settings.users:  # nobody can show to be one of them
            return Access(
                refusal=f"{RUN_USERS_VARIABLE} names who may start runs, but no login is set up; set up Streamlit's, "
                "or unset it."
            )
        return Access(AT_THIS_MACHINE if local else A_VISITOR)
    if not user["is_logged_in"]:
        return Access(refusal="Log in to start runs.")
    email = str(user.get("email") or "")
    if not email or user.get("email_verified") is False or email.casefold() not in settings.users:
        return Access(
            refusal=f"Your login may not start runs; ask whoever operates this dashboard to name it in "
            f"{RUN_USERS_VARIABLE}."
        )
    return Access(email)
