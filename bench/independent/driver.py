"""Cold start and latency of a function by plain `runc run`, with nothing of Isogate but the files of the function's image.

    driver.py ROOTFS RUNTIME HANDLER EVENT CPUS CGROUP WARM_UP CALLS POLICY

The bundle is what `runc spec` writes, with the image's tree as its root, and with the limits and the filter of system calls
of the bundle's config.json that POLICY names: what is allowed is given, how it is started is not. (Without that filter, which
is Docker's, runc starts a container 15 to 20 ms sooner.) An empty POLICY leaves them out. RUNTIME is a command of the image, as JSON; HANDLER
is FILE:NAME for the loops serve.mjs and serve.py beside this file, or empty for a command that answers lines itself. Prints
one line of JSON: cold_start_ms, from before the first file of the instance is written to the first answer, and the latency_ms
of each call after the warm-up.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))


def make_config(rootfs, args, cpus, cgroup, policy):
    with tempfile.TemporaryDirectory(prefix="independent-") as directory:
        subprocess.run(["runc", "spec"], cwd=directory, check=True)
        with open(os.path.join(directory, "config.json")) as file:
            config = json.load(file)
    config["process"].update(terminal=False, args=args, cwd="/function", user={"uid": 65534, "gid": 65534})
    config["process"]["env"] = ["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/tmp", "LANG=C.UTF-8"]
    config["root"] = {"path": rootfs, "readonly": True}
    # The driver's own files lie over the ones that Isogate put there.
    config["mounts"] += [
        {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev", "mode=1777"]},
        {"destination": "/.isogate", "type": "bind", "source": HERE, "options": ["bind", "ro"]},
    ]
    config["linux"]["cgroupsPath"] = cgroup
    resources = config["linux"].setdefault("resources", {})
    resources["cpu"] = {"cpus": cpus}
    if policy:
        with open(policy) as file:
            linux = json.load(file)["linux"]
        config["linux"]["seccomp"] = linux["seccomp"]
        resources.update({key: linux["resources"][key] for key in ("memory", "pids")})
    return config


def main(rootfs, runtime, handler, event, cpus, cgroup, warm_up, calls, policy):
    args = json.loads(runtime)
    if handler:
        name = "serve.py" if handler.split(":")[0].endswith(".py") else "serve.mjs"
        args += [f"/.isogate/{name}", *handler.split(":")]
    config = make_config(rootfs, args, cpus, cgroup, policy)
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="independent-") as directory:
        with open(os.path.join(directory, "config.json"), "w") as file:
            json.dump(config, file)
        name = f"independent-{uuid.uuid4().hex[:12]}"
        runc = ["runc", "--root", f"{directory}/state"]
        # Detached: a client that stays, outside of the container's cgroup and on its CPU, changes what else runs on a busy CPU.
        command = ["taskset", "-c", cpus, *runc, "run", "--detach", "--bundle", directory, name]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
            assert b"ready" in client.stdout.readline()

            def call(number):
                line = json.dumps({"id": number, "event": json.loads(event), "repeat": 1}).encode() + b"\n"
                before = time.perf_counter()
                client.stdin.write(line)
                client.stdin.flush()
                answer = client.stdout.readline()
                after = time.perf_counter()
                if json.loads(answer).get("ok") is not True:
                    raise SystemExit(f"the function failed: {answer[:300]}")
                return before, after

            cold_start = call(1)[1] - start
            times = [call(number) for number in range(2, 2 + int(warm_up) + int(calls))][int(warm_up) :]
            client.stdin.close()
        subprocess.run([*runc, "delete", "--force", name], check=True)
        if client.returncode != 0:
            raise SystemExit(f"runc ended with {client.returncode}")
    print(json.dumps({"cold_start_ms": cold_start * 1e3, "latency_ms": [(b - a) * 1e3 for a, b in times]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
