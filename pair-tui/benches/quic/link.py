#!/usr/bin/env python3
"""Two network namespaces, and a link between them that delays packets, loses some and blocks UDP if told to.

The kernel's own netem is a module that many kernels lack. This takes real IP packets from one TUN device and gives them to the other, so
that TCP and QUIC both meet the same losses with all that their own stacks do about them. Needs root, iproute2 and /dev/net/tun.
Usage: link.py DELAY_MS LOSS_PERCENT SEED [block-udp]. Says "ready", and ends with its standard input.
"""

import fcntl, heapq, os, random, select, struct, subprocess, sys, time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
UDP = 17
ENDS = (("pair-near", "pairnear", "10.77.0.1"), ("pair-far", "pairfar", "10.77.0.2"))


def ip(*arguments, check=True):
    subprocess.run(("ip", *arguments), check=check, stderr=None if check else subprocess.DEVNULL)


def remove():
    for namespace, _, _ in ENDS:
        ip("netns", "del", namespace, check=False)


def end(namespace, device, address):
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH", device.encode(), IFF_TUN | IFF_NO_PI))
    ip("netns", "add", namespace)
    ip("link", "set", device, "netns", namespace)
    ip("-n", namespace, "addr", "add", f"{address}/24", "dev", device)
    ip("-n", namespace, "link", "set", "lo", "up")
    ip("-n", namespace, "link", "set", device, "up")
    return tun


def main():
    delay, loss, seed = float(sys.argv[1]) / 1000, float(sys.argv[2]) / 100, int(sys.argv[3])
    is_udp_blocked = "block-udp" in sys.argv[4:]
    remove()
    chance, under_way, number = random.Random(seed), [], 0
    try:
        near, far = (end(*one) for one in ENDS)
        other = {near: far, far: near}
        print("ready", flush=True)
        while True:
            wait = max(0, under_way[0][0] - time.monotonic()) if under_way else None
            readable, _, _ = select.select([near, far, sys.stdin], [], [], wait)
            now = time.monotonic()
            for one in readable:
                if one is sys.stdin:
                    return
                packet = os.read(one, 65536)
                is_udp = packet[0] >> 4 == 4 and packet[9] == UDP
                if chance.random() >= loss and not (is_udp and is_udp_blocked):
                    number += 1
                    heapq.heappush(under_way, (now + delay, number, other[one], packet))
            while under_way and under_way[0][0] <= now:
                _, _, to, packet = heapq.heappop(under_way)
                os.write(to, packet)
    finally:
        remove()


main()
