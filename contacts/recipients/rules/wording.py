"""A policy as a phrase for people."""

from __future__ import annotations

from collections.abc import Mapping

from contacts.recipients.rules.policies import Policy, SoldToUse


def policy_in_words(policy: Policy, roles: Mapping[str, str]) -> str:
    """
    Return whom a program writes to, without a full stop: "GitLab Admins, else the Sold-To contact".

    `roles` gives the label of each further role's key.
    """
    addressed = ["GitLab Admins"] if policy.admins else []
    addressed += ["SaaS Owners"] if policy.saas_owners else []
    addressed += ["SaaS Maintainers"] if policy.saas_maintainers else []
    addressed += sorted(f"{roles.get(key, key)} contacts" for key in policy.roles)
    sold_to = policy.sold_to_in_force
    if sold_to == SoldToUse.ALWAYS:
        addressed.append("Sold-To contacts")
    elif sold_to == SoldToUse.FALLBACK and not policy.admins:
        addressed.append("Sold-To contacts of accounts without a GitLab Admin")
    words = _listed(addressed) or "Nobody"
    if sold_to == SoldToUse.FALLBACK and policy.admins:
        words += ", else the Sold-To contact"
    elif policy.message_class.is_survey and sold_to == SoldToUse.NEVER:
        words += ", never Sold-To contacts"
    return words + (", not in the public sector" if policy.excludes_pubsec else "")


def _listed(words: list[str]) -> str:
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part) if words else ""
