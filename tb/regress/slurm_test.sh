#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# slurm_test.sh REGRESS MTTYSIM: regress_test.sh on a Slurm cluster of one node, this machine, which it starts and ends.
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
PATH=$PATH:/usr/sbin
folder=$(mktemp -d)
daemons=()

stop() {
  local status=$?
  ((status == 0)) || tail -n 5 "$folder"/*.log >&2
  ((${#daemons[@]} == 0)) || kill "${daemons[@]}" || true
  wait
  rm -rf "$folder"
  exit "$status"
}
trap stop EXIT

start() {
  "$@" >"$folder/$(basename "$1").log" 2>&1 &
  daemons+=($!)
}

# until COMMAND...: waits for it, 30 s at the most
until_true() {
  local tries
  for ((tries = 0; tries < 300; ++tries)); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.1
  done
  echo "not within 30 s: $*" >&2
  exit 1
}

node_is_idle() { [[ $(sinfo --noheader --states=idle --format=%n) == "$node" ]]; }

node=$(hostname -s)
# Ports that are free now: other tests may run a cluster of their own.
port=$((20000 + $$ % 20000))
mkdir -m 700 "$folder/munge" "$folder/state" "$folder/spool"
(umask 077 && head -c 1024 /dev/urandom >"$folder/munge/key")
cat >"$folder/slurm.conf" <<END
ClusterName=mtty
SlurmctldHost=$node(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
AuthInfo=socket=$folder/munge/socket
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_min_interval=10000
NodeName=$node NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$node Default=YES State=UP
END
export SLURM_CONF=$folder/slurm.conf

start munged --foreground --force --key-file="$folder/munge/key" --socket="$folder/munge/socket" \
  --pid-file="$folder/munge/pid" --log-file="$folder/munge/log" --seed-file="$folder/munge/seed"
until_true test -S "$folder/munge/socket"
start slurmctld -D -i
start slurmd -D
until_true node_is_idle
"$here/regress_test.sh" "$@" --slurm
