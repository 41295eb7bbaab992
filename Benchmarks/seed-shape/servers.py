# SPDX-License-Identifier: MIT
"""PostgreSQL and RabbitMQ of a run's own, on loopback in a temporary directory, and what they spend."""

import glob
import os
import pwd
import signal
import socket
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")


def free_ports(count):
    """Ports that nobody listens on now, all different."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(what, is_there, seconds=60):
    end = time.monotonic() + seconds
    while not is_there():
        if time.monotonic() > end:
            raise SystemExit(f"{what} does not start")
        time.sleep(0.05)


def start_postgres(directory, user="postgres"):
    """A durable cluster with its defaults; (process, connection string)."""
    binary = max(glob.glob("/usr/lib/postgresql/*/bin"))
    data = directory + "/pg"
    os.mkdir(data, 0o700)
    account = pwd.getpwnam(user) if os.getuid() == 0 else None
    become = {}
    if account:
        os.chown(data, account.pw_uid, account.pw_gid)
        become = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    subprocess.run(
        [f"{binary}/initdb", "-D", data + "/data", "-U", user, "--auth=trust", "--no-sync",
         "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"],
        check=True, stdout=subprocess.DEVNULL, cwd=data, **become)
    server = subprocess.Popen(
        [f"{binary}/postgres", "-D", data + "/data", "-c", "listen_addresses=", "-k", data,
         "-c", "max_connections=200", "-c", "timezone=UTC"],
        stdout=open(directory + "/postgres.log", "w"), stderr=subprocess.STDOUT, cwd=data, **become)
    wait_for("PostgreSQL", lambda: subprocess.run(
        [f"{binary}/pg_isready", "-q", "-h", data, "-U", user], cwd=data).returncode == 0)
    return server, f"host={data} user={user} dbname=postgres"


def start_rabbitmq(directory):
    """A node with its defaults, no plugins, and its name server; ([processes], URL)."""
    port, dist, names = free_ports(3)
    base = directory + "/rabbit"
    os.mkdir(base)
    with open(base + "/rabbitmq.conf", "w") as file:
        file.write(f"listeners.tcp.default = 127.0.0.1:{port}\n")
    open(base + "/plugins", "w").write("[].")
    environment = os.environ | {
        "HOME": base, "RABBITMQ_NODENAME": f"seed{port}@localhost", "RABBITMQ_DIST_PORT": str(dist),
        "RABBITMQ_MNESIA_BASE": base + "/data", "RABBITMQ_LOG_BASE": base + "/logs",
        "RABBITMQ_CONFIG_FILE": base + "/rabbitmq.conf", "ERL_EPMD_PORT": str(names),
        "RABBITMQ_ENABLED_PLUGINS_FILE": base + "/plugins", "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}"}
    # Started here, or the node would start one that stays.
    epmd = subprocess.Popen(["epmd", "-port", str(names), "-address", "127.0.0.1"],
                            stderr=subprocess.DEVNULL)
    wait_for("epmd", lambda: listens(names))
    server = subprocess.Popen(
        ["/usr/lib/rabbitmq/bin/rabbitmq-server"], env=environment, start_new_session=True,
        stdout=open(directory + "/rabbitmq.log", "w"), stderr=subprocess.STDOUT)
    wait_for("RabbitMQ", lambda: listens(port))
    return [epmd, server], f"amqp://guest:guest@127.0.0.1:{port}/"


def family(pid):
    """The process and all that came from it."""
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        children = [int(word) for word in file.read().split()]
    return [pid] + [one for child in children for one in family(child)]


def cpu_seconds(pid):
    """User and system time of a process, its descendants, and those of them that have ended; of this
    process only its own."""
    if pid == os.getpid():
        return time.process_time()
    total = 0
    for one in family(pid):
        with open(f"/proc/{one}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        total += sum(int(field) for field in fields[11:15])
    return total / TICKS


def stop(server):
    """Ends a process and all that came from it, each by its id."""
    members = family(server.pid) if server.poll() is None else []
    server.send_signal(signal.SIGINT if "postgres" in str(server.args) else signal.SIGTERM)
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()
    for member in members[1:]:
        try:
            os.kill(member, signal.SIGKILL)
        except ProcessLookupError:
            pass
