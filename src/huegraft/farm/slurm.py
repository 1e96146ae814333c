"""Slurm: array jobs of units, and a job that joins what they made and that depends on them."""

from huegraft.farm.shell import ABOUT_UNITS, counts, units_files, units_name
from huegraft.farm.work import Step, Work

_ARRAY = 1000  # tasks of one array: Slurm takes no more unless its MaxArraySize is raised


def slurm_files(work: Work) -> dict[str, str]:
    """Return the files for Slurm by their names.

    Raises
    ------
    ArgumentError
        If a path holds a line break.
    """
    cores = "" if work.threads is None else f"#SBATCH --cpus-per-task={work.threads}\n"
    unit = f"""#!/usr/bin/env bash
{cores}# Runs a command of a file of units, by the number of the task and what is added to it: unit.sbatch FILE ADDED
set -euo pipefail
line="$(sed -n "$((SLURM_ARRAY_TASK_ID + $2))p" "$1")"
if [[ -z "$line" ]]; then
    echo "$1 has no line $((SLURM_ARRAY_TASK_ID + $2))" >&2
    exit 1
fi
exec bash -c "$line"
"""
    join = f"""#!/usr/bin/env bash
{cores}# Joins what the units made: join.sbatch FOLDER
set -euo pipefail
exec bash "$1/join.sh"
"""
    submit = f"""#!/usr/bin/env bash
# Submits the units and the job that joins them. Options of sbatch may follow: bash submit.sh --partition=long
set -euo pipefail
folder="$(cd -- "$(dirname -- "${{BASH_SOURCE[0]}}")" && pwd)"
mkdir -p -- "$folder/logs"
cd -- "$folder/logs" # sbatch writes here what the jobs say
before=""
after=""

# Submits a job that waits until all jobs of the step before went well.
submit() {{
    local id
    if [[ -n "$before" ]]; then
        id="$(sbatch --parsable --dependency="afterok$before" --kill-on-invalid-dep=yes "$@")"
    else
        id="$(sbatch --parsable "$@")"
    fi
    after="$after:${{id%%;*}}"
}}

{"".join(map(_submitted, work.steps))}submit "$@" --job-name=huegraft-join "$folder/join.sbatch" "$folder"
echo "submitted; the last job, ${{after#:}}, joins what the other ones make"
"""
    readme = f"""Commands of huegraft for a {work.name}: {counts(work)}.

    bash submit.sh --partition=long --time=2:00:00

submits the units as array jobs, and after them the job that joins what they made. Options of sbatch follow submit.sh;
those that count for good may stand in unit.sbatch and join.sbatch as lines of #SBATCH. The jobs begin when all of the
step before went well. What they say stands in the folder logs. After a failure bash submit.sh submits all again.
{ABOUT_UNITS}"""
    scripts = {"unit.sbatch": unit, "join.sbatch": join, "submit.sh": submit, "README.txt": readme}
    return units_files(work) | scripts


def _submitted(step: Step) -> str:
    """Return the lines that submit a step, as one array job or several."""
    lines = [
        f'submit "$@" --job-name=huegraft-{step.name} --array=1-{min(_ARRAY, len(step.numbers) - added)} '
        f'"$folder/unit.sbatch" "$folder/{units_name(step)}" {added}'
        for added in range(0, len(step.numbers), _ARRAY)
    ]
    return "\n".join([*lines, 'before="$after" after=""', "", ""])
