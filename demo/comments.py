"""What people write beside their score: invented, and in the words of people who run a development platform."""

from __future__ import annotations

from collections.abc import Mapping

COMMENTS: Mapping[str, tuple[str, ...]] = {
    "promoter": (
        "Pipelines that used to take us an afternoon to debug now explain themselves. The team is sold.",
        "The onboarding emails came at the right moment, just when we had the runner question.",
        "We moved four tools into one and our auditors are happier than we are.",
        "Merge request templates changed how we review. Small thing, large effect.",
        "Our CSM answers faster than our own help desk.",
        "Upgrades are boring now, which is the best thing I can say about upgrades.",
        "Secret detection caught a key on day two. That paid for the year.",
        "New hires ship something in their first week. That was a month before.",
        "Documentation is excellent, and the import from our old server just worked.",
        "Everything in one place. I stopped keeping a spreadsheet of integrations.",
        "Group-level variables alone saved us days. Would recommend to any platform team.",
        "Support found our backup problem before we had described it completely.",
        "Reliable, predictable, and the release notes tell me what I need to know.",
        "The webinar on pipeline efficiency cut our minutes by a third.",
    ),
    "passive": (
        "Good product. The permission model took us longer than planned to understand.",
        "Happy overall, but large merge requests are slow in the browser.",
        "Does what we need. I would like clearer pricing for occasional users.",
        "CI is great. Planning boards are fine, but our product owners miss their old tool.",
        "Solid. The upgrade path for self-managed could say more clearly what to test first.",
        "We use maybe a third of it so far. More guidance on what to adopt next would help.",
        "Search across groups could be better. Otherwise no complaints.",
        "The first month was hard, since then it runs.",
        "Notifications are noisy by default. Once tuned, everything is good.",
        "Useful emails, though we would prefer one a week to three.",
        "Runners on our own machines needed more work than expected.",
        "Security dashboards are useful for leads, less so for developers.",
    ),
    "detractor": (
        "We bought for security scanning and after four months half of it is still not set up.",
        "Too many features, too little help to choose. Most teams went back to their scripts.",
        "The renewal quote came with a price increase and without a conversation.",
        "Our champion left and nobody here knows why we chose this.",
        "Support closed our ticket twice while the problem was still there.",
        "Pipelines queue for twenty minutes at peak. Developers notice.",
        "Migration from our old server took a quarter instead of two weeks.",
        "We pay for seats that nobody uses and cannot reduce them before the renewal.",
        "The interface changes too often. My team has to relearn where things are.",
        "Single sign-on broke after the last upgrade and it took days to find out why.",
    ),
}
