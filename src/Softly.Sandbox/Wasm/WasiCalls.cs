using System.Buffers.Binary;
using System.Diagnostics;
using Wasmtime;

namespace Softly.Sandbox.Wasm;

/// <summary>
/// The calls of WASI that we answer ourselves. Reading and writing are the channel; waiting and clocks, because a wait inside
/// Wasmtime would hear no interruption. All others are Wasmtime's, to whom nothing was opened: no folder, no stream, no variable.
/// </summary>
internal static class WasiCalls
{
    private const string Snapshot = "wasi_snapshot_preview1";
    private const int Ok = 0, BadDescriptor = 8, Invalid = 28;
    private const int MostParts = 1024; // of one read or write, as POSIX has it

    /// <summary>Puts them in the place of Wasmtime's.</summary>
    public static void Define(Linker linker)
    {
        linker.DefineFunction(Snapshot, "fd_read", (Caller caller, int fd, int parts, int count, int done) =>
        {
            if (fd != 0) return BadDescriptor;
            if (count is < 0 or > MostParts) return Invalid;
            var memory = Memory(caller);
            var total = 0;
            for (var i = 0; i < count; i++)
            {
                var part = Part(memory, parts, i);
                if (part.Length == 0) continue;
                total = Interpreter(caller).Read(part);
                break; // a short read is a read
            }
            Write32(memory, done, total);
            return Ok;
        });
        linker.DefineFunction(Snapshot, "fd_write", (Caller caller, int fd, int parts, int count, int done) =>
        {
            if (fd is not (1 or 2)) return BadDescriptor;
            if (count is < 0 or > MostParts) return Invalid;
            var memory = Memory(caller);
            long total = 0;
            for (var i = 0; i < count; i++)
            {
                var part = Part(memory, parts, i);
                Interpreter(caller).Write(fd, part);
                total += part.Length;
            }
            Write32(memory, done, (int)Math.Min(total, int.MaxValue));
            return Ok;
        });
        linker.DefineFunction(Snapshot, "clock_time_get", (Caller caller, int clock, long precision, int time) =>
        {
            BinaryPrimitives.WriteInt64LittleEndian(Memory(caller).GetSpan((uint)time, 8), Now(clock));
            return Ok;
        });
        linker.DefineFunction(Snapshot, "poll_oneoff", (Caller caller, int asked, int told, int count, int done) =>
        {
            if (count is < 1 or > MostParts) return Invalid;
            return Poll(caller, asked, told, count, done);
        });
    }

    /// <summary>
    /// Waits for the earliest clock; a descriptor is ready at once. A subscription has 48 bytes (its user's word, kind at 8,
    /// clock at 16, time at 24, flags at 40), an event 32 (the word, error at 8, kind at 10).
    /// </summary>
    private static int Poll(Caller caller, int asked, int told, int count, int done)
    {
        var wait = long.MaxValue;
        for (var i = 0; i < count; i++)
        {
            var one = Memory(caller).GetSpan((uint)asked + 48u * (uint)i, 48);
            if (one[8] != 0) wait = 0;
            else
            {
                var time = BinaryPrimitives.ReadInt64LittleEndian(one[24..]);
                if ((one[40] & 1) != 0) time -= Now(BinaryPrimitives.ReadInt32LittleEndian(one[16..]));
                wait = Math.Min(wait, time < 0 ? (one[40] & 1) != 0 ? 0 : long.MaxValue : time); // unsigned, where relative
            }
        }
        Interpreter(caller).Sleep(wait);
        var events = 0;
        for (var i = 0; i < count; i++)
        {
            var one = Memory(caller).GetSpan((uint)asked + 48u * (uint)i, 48);
            var kind = one[8];
            if (kind == 0 && wait == 0 && BinaryPrimitives.ReadInt64LittleEndian(one[24..]) != 0 && (one[40] & 1) == 0) continue;
            var word = BinaryPrimitives.ReadUInt64LittleEndian(one);
            var happened = Memory(caller).GetSpan((uint)told + 32u * (uint)events++, 32);
            happened.Clear();
            BinaryPrimitives.WriteUInt64LittleEndian(happened, word);
            happened[10] = kind;
        }
        Write32(Memory(caller), done, events);
        return Ok;
    }

    /// <summary>Nanoseconds: of the day for clock 0, else of the process.</summary>
    private static long Now(int clock) => clock == 0
        ? (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100
        : (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));

    private static WasmInterpreter Interpreter(Caller caller) => (WasmInterpreter)caller.GetData()!;

    private static Memory Memory(Caller caller) =>
        caller.GetMemory("memory") ?? throw new InvalidOperationException("the module exports no memory");

    /// <summary>A part of a scattered read or write: an address and a length.</summary>
    private static Span<byte> Part(Memory memory, int parts, int index)
    {
        var pair = memory.GetSpan((uint)parts + 8u * (uint)index, 8);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(pair[4..]);
        return length == 0 ? [] : memory.GetSpan(BinaryPrimitives.ReadUInt32LittleEndian(pair), checked((int)length));
    }

    private static void Write32(Memory memory, int address, int value) =>
        BinaryPrimitives.WriteInt32LittleEndian(memory.GetSpan((uint)address, 4), value);
}
