using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Softly.Sandbox.Bubblewrap;

/// <summary>
/// A filter of system calls as the kernel takes it: a program in BPF. Threads are allowed; processes, sockets, and what widens the
/// kernel's surface (tracing, mounting, namespaces, keys, io_uring, BPF, shared memory outside the limits) are refused.
/// Namespaces are the wall; this stands before it.
/// </summary>
public static class SeccompFilter
{
    private const ushort LoadWord = 0x20, JumpEqual = 0x15, JumpGreaterEqual = 0x35, JumpSet = 0x45, Return = 0x06;
    private const uint Allow = 0x7fff0000, KillProcess = 0x80000000, Refuse = 0x00050000; // with an errno in the low half
    private const uint NotPermitted = 1, NotImplemented = 38;
    private const uint NumberAt = 0, ArchitectureAt = 4, FirstArgumentAt = 16;
    private const uint CloneThread = 0x10000, ForeignNumbers = 0x40000000; // x32's begin there

    /// <summary>Numbers of calls: x86-64's, then arm64's; −1 where the call is not there.</summary>
    private static readonly (string Name, int X64, int Arm64)[] Refused =
    [
        ("fork", 57, -1), ("vfork", 58, -1), ("execveat", 322, 281), ("ptrace", 101, 117), ("process_vm_readv", 310, 270),
        ("process_vm_writev", 311, 271), ("process_madvise", 440, 440), ("kcmp", 312, 272), ("pidfd_open", 434, 434),
        ("pidfd_getfd", 438, 438), ("pidfd_send_signal", 424, 424),
        ("socket", 41, 198), ("socketpair", 53, 199),
        ("unshare", 272, 97), ("setns", 308, 268), ("mount", 165, 40), ("umount2", 166, 39), ("pivot_root", 155, 41),
        ("chroot", 161, 51), ("fsopen", 430, 430), ("fsconfig", 431, 431), ("fsmount", 432, 432), ("fspick", 433, 433),
        ("open_tree", 428, 428), ("move_mount", 429, 429), ("mount_setattr", 442, 442), ("name_to_handle_at", 303, 264),
        ("open_by_handle_at", 304, 265), ("fanotify_init", 300, 262), ("quotactl", 179, 60), ("quotactl_fd", 443, 443),
        ("swapon", 167, 224), ("swapoff", 168, 225), ("acct", 163, 89),
        ("bpf", 321, 280), ("perf_event_open", 298, 241), ("userfaultfd", 323, 282), ("io_uring_setup", 425, 425),
        ("io_uring_enter", 426, 426), ("io_uring_register", 427, 427), ("keyctl", 250, 219), ("add_key", 248, 217),
        ("request_key", 249, 218), ("kexec_load", 246, 104), ("kexec_file_load", 320, 294), ("init_module", 175, 105),
        ("finit_module", 313, 273), ("delete_module", 176, 106), ("reboot", 169, 142), ("syslog", 103, 116),
        ("personality", 135, 92), ("lookup_dcookie", 212, 18), ("vhangup", 153, 58), ("iopl", 172, -1), ("ioperm", 173, -1),
        ("modify_ldt", 154, -1), ("settimeofday", 164, 170), ("clock_settime", 227, 112), ("clock_adjtime", 305, 266),
        ("adjtimex", 159, 171), ("sethostname", 170, 161), ("setdomainname", 171, 162), ("vmsplice", 278, 75),
        ("memfd_create", 319, 279), ("memfd_secret", 447, 447), ("shmget", 29, 194), ("shmat", 30, 196), ("shmctl", 31, 195),
        ("msgget", 68, 186), ("semget", 64, 190), ("mq_open", 240, 180), ("move_pages", 279, 239), ("migrate_pages", 256, 238),
        ("mbind", 237, 235), ("set_mempolicy", 238, 237),
    ];

    /// <summary>Whether there is a filter for this processor.</summary>
    public static bool IsKnown(Architecture architecture) => architecture is Architecture.X64 or Architecture.Arm64;

    /// <summary>The filter, eight bytes an instruction.</summary>
    /// <exception cref="PlatformNotSupportedException">There is none for this processor.</exception>
    public static byte[] Make(Architecture architecture)
    {
        if (!IsKnown(architecture)) throw new PlatformNotSupportedException($"no filter of system calls is known for {architecture}");
        var x64 = architecture == Architecture.X64;
        var program = new List<(ushort Code, byte Yes, byte No, uint Value)>
        {
            (LoadWord, 0, 0, ArchitectureAt),
            (JumpEqual, 1, 0, x64 ? 0xc000003eu : 0xc00000b7u),
            (Return, 0, 0, KillProcess),
            (LoadWord, 0, 0, NumberAt),
            (JumpGreaterEqual, 0, 1, ForeignNumbers),
            (Return, 0, 0, KillProcess),
            (JumpEqual, 0, 1, 435), // clone3: its flags lie in memory, where a filter cannot look; libraries then take clone
            (Return, 0, 0, Refuse | NotImplemented),
        };
        foreach (var number in Refused.Select(r => x64 ? r.X64 : r.Arm64).Where(n => n >= 0))
        {
            program.Add((JumpEqual, 0, 1, (uint)number));
            program.Add((Return, 0, 0, Refuse | NotPermitted));
        }
        program.AddRange(
        [
            (JumpEqual, 0, 3, x64 ? 56u : 220u), // clone: threads only
            (LoadWord, 0, 0, FirstArgumentAt),
            (JumpSet, 1, 0, CloneThread),
            (Return, 0, 0, Refuse | NotPermitted),
            (Return, 0, 0, Allow),
        ]);
        var bytes = new byte[8 * program.Count];
        for (var i = 0; i < program.Count; i++)
        {
            var at = bytes.AsSpan(8 * i);
            BinaryPrimitives.WriteUInt16LittleEndian(at, program[i].Code);
            (at[2], at[3]) = (program[i].Yes, program[i].No);
            BinaryPrimitives.WriteUInt32LittleEndian(at[4..], program[i].Value);
        }
        return bytes;
    }
}
