#!/usr/bin/env bash
# Put a comment on a pull request, in the place of the one that an earlier run left there.
# The token is read from GH_TOKEN by gh itself; it is never an argument, so no log can show it.
set -euo pipefail

[ -s "$HANSA_COMMENT" ] || { echo "hansa check left no comment to write" >&2; exit 0; }
marker="$(head -n 1 "$HANSA_COMMENT")"
issue="repos/$GITHUB_REPOSITORY/issues/$HANSA_PULL_REQUEST"
export marker
# only what this account wrote can be edited, and only a bot's comment begins with the marker
found="$(gh api --paginate "$issue/comments" \
  --jq '.[] | select(.user.type == "Bot" and (.body | startswith(env.marker))) | .id' | head -n 1)"
if [ -n "$found" ]; then
  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$found" \
    -F "body=@$HANSA_COMMENT"
else
  gh api --silent --method POST "$issue/comments" -F "body=@$HANSA_COMMENT"
fi
