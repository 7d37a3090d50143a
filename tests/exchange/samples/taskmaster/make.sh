#!/bin/bash
# Make the samples again with task-master itself (npm task-master-ai): make.sh PROGRAM DIRECTORY
# Tasks are given by hand, so no AI provider is asked. The times in them are those of the run.
set -eu
program=$(realpath "$1")
mkdir -p "$2"
cd "$2"
say() { timeout 60 "$program" "$@" > /dev/null 2>&1 < /dev/null || echo "failed: $*" >&2; }
say init -y --name="Observatory" --description="A small one" --skip-install --no-aliases --no-git --rules claude
# The program makes this file only from a text that an AI has read; an empty one does as well.
mkdir -p .taskmaster/tasks
[ -f .taskmaster/tasks/tasks.json ] || echo '{"master": {"tasks": [], "metadata": {}}}' > .taskmaster/tasks/tasks.json
say add-task -t "Pour the foundation" -d "Concrete, 2 m deep" --details $'Order:\n1. dig\n2. pour "C25/30"' --priority high
say add-task -t "Mount the dome" -d "It turns on rails" --dependencies 1 --priority medium
say add-task -t "Align the telescope ✨" -d $'Polaris, \t"drift" method — 望遠鏡' --dependencies 1,2 --priority low
say add-task -t "Wire the camera" -d "USB through the pier"
say add-task -t "Paint the walls" -d "Matt black"
say add-task -t "Write the manual" -d "For visitors"
say add-task -t "Ask the neighbours" -d "About the lamp"
say add-subtask --parent=2 --title="Lay the rails" --description="A ring of 3 m" --details="Level to 1 mm"
say add-subtask --parent=2 --title="Lift the dome" --description="With a crane" --dependencies="1" --status=in-progress
say add-subtask --parent=4 --title="Drill the pier" --description="20 mm" --status=done
say set-status 1 'done'
say set-status 2 in-progress
say set-status 3 blocked
say set-status 5 cancelled
say set-status 6 deferred
say set-status 7 review
say add-dependency --id=4 --depends-on=2.1
say tags add second-dome --description "A second building"
say tags use second-dome
say add-task -t "Choose the site" -d "Dark, dry" --priority critical
say add-task -t "Build again" -d "As before" --dependencies 1
say add-subtask --parent=2 --title="Foundation, again" --description="Deeper"
say tags use master
