#!/bin/bash
# Make the samples again with Backlog.md itself (npm backlog.md): make.sh PROGRAM DIRECTORY
# The dates in them are those of the day on which it ran.
set -eu
backlog=$(realpath "$1")
mkdir -p "$2"
cd "$2"
say() { "$backlog" "$@" > /dev/null; }
say init "Lighthouse Café" --defaults --no-git --integration-mode none
sed -i 's/^statuses:.*/statuses: ["To Do", "In Progress", "Blocked", "Done"]/' backlog/config.yml
say milestone add "Spring opening" --description $'Doors open.\nMusic, too.'
say task create "Paint the façade" -d $'Two coats: "white" & '"'red'"$'.\n\n- no drips\n- 100% cover — even behind the gutter' \
    -l outside,paint -a @mira --priority high --ac "No drips" --ac "Both coats: dry" --due-date 2026-12-01
say task create "Buy the paint" --dep TASK-1 --notes "Ask for 日本 pigments 🎨" --priority low -m "Spring opening"
say task create -p TASK-1 "First coat" --status "In Progress" -a @mira,@joão --plan $'1. Sand\n2. Wash' --type chore
say task create -p TASK-1 "Second coat" --dep TASK-1.1 --dod "Photo taken" --ordinal 2000
say task create -p TASK-1.2 "Dry the second coat" --ref https://example.org/dry --doc docs/dry.md
say task create "Order beans: #1 choice, \"robusta\"" --status Done --final-summary "Ordered 20 kg." \
    --modified-file orders/2026.csv
say task create "Fix the till" --status Blocked --dep TASK-3 --type bug -l "yes,1.0"
say task create "An idea that was dropped"
say task create "Old work" --status Done
say task create "This title says at much greater length than any planner would like that the fourth of the seven lamps in the gallery blinks, that nobody knows why, that the electrician was here twice, and that he shook his head both times"
say task edit TASK-1 --check-ac 1 --comment $'Looks good.\n\nReally.' --comment-author @anna
say task edit TASK-2 --dep TASK-3,TASK-7
say task archive TASK-5
say task complete TASK-6
say draft create "Maybe a terrace" -d "When it is warm." -l outside
say doc create "House rules" -t guide
say decision create "Cash only" -s accepted
