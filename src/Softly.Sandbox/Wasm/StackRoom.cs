namespace Softly.Sandbox.Wasm;

/// <summary>
/// Gives a WebAssembly module a larger stack. The build of CPython keeps 512 KiB, which some ninety calls through C use up: a
/// program that sorts in a recursion would crash where CPython elsewhere says RecursionError, or goes on.
/// </summary>
/// <remarks>
/// Two numbers change: the memory that is there at the start grows by the room, and the one global, the stack's pointer, begins at
/// its end. Sound for this build, whose allocator has taken its first memory before the module was written, so that it
/// takes more by growing and never finds the room; hence only for the file that is known by its hash.
/// </remarks>
internal static class StackRoom
{
    private const int PageSize = 64 << 10, MemorySection = 5, GlobalSection = 6;

    /// <summary>A module whose stack has this room.</summary>
    /// <param name="wasm">A module with one memory and one global, the stack's pointer.</param>
    /// <param name="pages">Room, in pages of 64 KiB.</param>
    /// <exception cref="FormatException">It is no such module.</exception>
    public static byte[] Widen(ReadOnlySpan<byte> wasm, int pages)
    {
        var output = new List<byte>(wasm.Length + 16);
        output.AddRange(wasm[..8]);
        ulong? top = null;
        for (var at = 8; at < wasm.Length;)
        {
            var start = at;
            var section = wasm[at++];
            var length = (int)Unsigned(wasm, ref at);
            var body = wasm.Slice(at, length);
            at += length;
            if (section == MemorySection)
            {
                var inside = 0;
                if (Unsigned(body, ref inside) != 1 || body[inside++] != 0) throw Unknown("memory");
                top = Unsigned(body, ref inside) + (ulong)pages;
                if (inside != body.Length) throw Unknown("memory");
                Add(output, MemorySection, [1, 0, .. Unsigned(top.Value)]);
            }
            else if (section == GlobalSection)
            {
                // one global; i32, mutable; i32.const
                if (top is null || body is not [1, 0x7f, 1, 0x41, .., 0x0b]) throw Unknown("global");
                Add(output, GlobalSection, [1, 0x7f, 1, 0x41, .. Signed((long)top.Value * PageSize), 0x0b]);
            }
            else output.AddRange(wasm[start..at]);
        }
        return [.. output];
    }

    private static void Add(List<byte> output, byte section, byte[] body) =>
        output.AddRange([section, .. Unsigned((ulong)body.Length), .. body]);

    private static ulong Unsigned(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var part = bytes[at++];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80) return value;
        }
    }

    private static byte[] Unsigned(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        return [.. bytes, (byte)value];
    }

    private static byte[] Signed(long value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x40; value >>= 7) bytes.Add((byte)((value & 0x7f) | 0x80));
        return [.. bytes, (byte)value];
    }

    private static FormatException Unknown(string what) => new($"the {what} section is not the one of a known build");
}
