#!/bin/sh
# The same scan on one machine without a scheduler: POINTS tasks, JOBS at a time; what has ended before is kept.
#   dotnet publish -c Release examples/IsingFreeEnergy -o out/ising-program
#   JOBS=4 examples/IsingFreeEnergy/cluster/scan-local.sh --size 16 --minutes 5
set -eu
points=${POINTS:-13}
temperatures=${TEMPERATURES:-1.8:3.0:$points}
output=${OUTPUT:-out/scan}
program=${PROGRAM:-out/ising-program/IsingFreeEnergy.dll}
seq 0 $((points - 1)) | xargs -P "${JOBS:-2}" -I {} \
    env DOTNET_PROCESSOR_COUNT=1 dotnet "$program" scan --temperatures "$temperatures" --output "$output" --index {} "$@"
exec dotnet "$program" scan merge --output "$output"
