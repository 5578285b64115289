#!/bin/sh
# A Slurm of two nodes on this machine: a controller, two slurmd and munge, on loopback, without systemd and cgroups.
#
#   cluster.sh start FOLDER     starts it; all of its files are in FOLDER; prints the variable that clients need
#   cluster.sh restart FOLDER   ends the controller and starts it anew, from the state that it has saved
#   cluster.sh kill FOLDER NODE ends the slurmd of a node with all that runs there, as if the machine had gone
#   cluster.sh revive FOLDER NODE  starts it again
#   cluster.sh stop FOLDER      cancels all jobs and ends all of it
#
# Needs the Debian packages slurm-wlm and munge. Ends only what it has started, by its number.
set -eu
verb=$1
folder=$(realpath -m "$2")
node=${3:-}
export PATH="$PATH:/usr/sbin:/sbin"
export SLURM_CONF="$folder/slurm.conf"

# Three ports that nobody listens on.
ports() {
    python3 -c 'import socket
open = [socket.socket() for _ in range(3)]
for one in open: one.bind(("127.0.0.1", 0))
print(*[one.getsockname()[1] for one in open])'
}

configure() {
    set -- $(ports)
    cat > "$SLURM_CONF" <<END
ClusterName=nightjar
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=$1
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket,cred_expire=2
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool-%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd-%n.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
SlurmdParameters=config_overrides
SchedulerParameters=requeue_delay=1,sched_interval=5,bf_interval=5
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobRequeue=1
KillWait=10
SlurmdTimeout=10
SlurmctldTimeout=30
MinJobAge=300
NodeName=n1 NodeHostname=localhost NodeAddr=127.0.0.1 Port=$2 CPUs=2 RealMemory=4000 State=UNKNOWN
NodeName=n2 NodeHostname=localhost NodeAddr=127.0.0.1 Port=$3 CPUs=2 RealMemory=4000 State=UNKNOWN
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP PriorityTier=1
PartitionName=urgent Nodes=n1,n2 MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF
END
}

# Ends the process of a number file, and waits for it.
end() {
    [ -s "$1" ] || return 0
    number=$(cat "$1")
    kill "$2" "$number" 2>/dev/null || return 0
    for _ in $(seq 100); do
        kill -0 "$number" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -KILL "$number" 2>/dev/null || true
}

# Waits until a command succeeds.
await() {
    for _ in $(seq 150); do
        if "$@" > /dev/null 2>&1; then return 0; fi
        sleep 0.2
    done
    echo "cluster.sh: '$*' did not succeed; the logs are in $folder" >&2
    exit 1
}

idle() { [ "$(sinfo --noheader --Node --partition=main --states=idle,mixed,alloc --format=%N | sort -u | wc -l)" = 2 ]; }

case $verb in
start)
    for program in slurmctld slurmd munged; do
        command -v "$program" > /dev/null || { echo "cluster.sh: $program is missing: apt-get install slurm-wlm munge" >&2; exit 2; }
    done
    mkdir -p "$folder/state" "$folder/spool-n1" "$folder/spool-n2"
    chmod 755 "$folder"
    configure
    head -c 128 /dev/urandom > "$folder/munge.key"
    chmod 600 "$folder/munge.key"
    # Its checks of owners are for a service of the whole machine.
    munged --force --num-threads=2 --key-file="$folder/munge.key" --socket="$folder/munge.socket" \
        --pid-file="$folder/munged.pid" --log-file="$folder/munged.log" --seed-file="$folder/munge.seed" 2> /dev/null
    await test -S "$folder/munge.socket"
    slurmctld -c
    for name in n1 n2; do slurmd -N "$name"; done
    await idle
    echo "SLURM_CONF=$SLURM_CONF"
    ;;
restart)
    end "$folder/slurmctld.pid" -TERM
    slurmctld
    await scontrol ping
    ;;
kill)
    # A job's script lies in the spool folder of its node; its parent is the slurmstepd that keeps it.
    for script in $(pgrep -f "$folder/spool-$node/" || true); do
        step=$(ps -o ppid= -p "$script" | tr -d ' ')
        [ "$(ps -o comm= -p "$step")" = slurmstepd ] || continue
        tr '\0' '\n' < "/proc/$step/environ" | grep -qxF "SLURM_CONF=$SLURM_CONF" || continue
        for child in $(pgrep -P "$script"); do kill -KILL "$child" || true; done
        kill -KILL "$script" "$step" || true
    done
    end "$folder/slurmd-$node.pid" -KILL
    ;;
revive)
    slurmd -N "$node"
    await idle
    ;;
stop)
    scancel --user="$(id -un)" 2> /dev/null || true
    for _ in $(seq 50); do
        [ -z "$(squeue --noheader 2> /dev/null)" ] && break
        sleep 0.2
    done
    for name in slurmd-n1 slurmd-n2 slurmctld munged; do end "$folder/$name.pid" -TERM; done
    ;;
*)
    echo "cluster.sh: start, restart, kill, revive or stop, got '$verb'" >&2
    exit 2
    ;;
esac
