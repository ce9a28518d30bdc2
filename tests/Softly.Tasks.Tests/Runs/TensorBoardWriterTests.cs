using System.Buffers.Binary;
using System.Text;
using Softly.Runs;

namespace Softly.Tests.Runs;

public sealed class TensorBoardWriterTests : IDisposable
{
    private readonly TemporaryFolder _at = new();
    private readonly HandClock _clock = new();

    public void Dispose() => _at.Dispose();

    // The first is the check value of the CRC catalogue; the others are from RFC 3720, B.4 (iSCSI).
    [Theory]
    [InlineData("313233343536373839", 0xE3069283u)]
    [InlineData("", 0u)]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", 0x8A9136AAu)]
    [InlineData("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", 0x62A8AB43u)]
    [InlineData("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 0x46DD794Eu)]
    public void The_checksum_is_Castagnolis(string hex, uint expected) =>
        Assert.Equal(expected, EventRecord.Crc(Convert.FromHexString(hex)));

    [Fact]
    public void A_frame_has_its_length_and_both_checksums()
    {
        var frame = EventRecord.Frame("123456789"u8);
        Assert.Equal(9 + 16, frame.Length);
        Assert.Equal(9UL, BinaryPrimitives.ReadUInt64LittleEndian(frame));
        // Masked: 0xE3069283 rotated right by 15 is 0x2507C60D; plus 0xA282EAD8 is 0xC78AB0E5.
        Assert.Equal(0xC78AB0E5u, BinaryPrimitives.ReadUInt32LittleEndian(frame.AsSpan(21)));
    }

    [Fact]
    public void A_scalar_event_is_these_bytes()
    {
        // 09 wall_time 1.0 | 10 01 step 1 | 2a 0b summary of 11 bytes: 0a 09 value of 9: 0a 02 "lr" | 15 float 0.5
        Assert.Equal(
            "09000000000000F03F10012A0B0A090A026C72150000003F",
            Convert.ToHexString(EventRecord.Scalars(1.0, 1, [new("lr", 0.5)])));
    }

    [Fact]
    public void A_file_decodes_to_what_was_written()
    {
        string path;
        using (var writer = new TensorBoardWriter(_at["events"], time: _clock))
        {
            path = writer.Path;
            _clock.Advance(2.5);
            writer.Scalars(1, [new("loss", 0.25), new("rewards/exact/mean", double.NaN)]);
            writer.Scalar(100_000_000_000, "größe", -3.5);
        }
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds();
        Assert.StartsWith($"events.out.tfevents.{start}.", Path.GetFileName(path));
        var events = Decode(File.ReadAllBytes(path));
        Assert.Equal(3, events.Count);
        Assert.Equal("brain.Event:2", events[0].Version);
        Assert.Equal(start, events[0].WallTime);
        Assert.Equal((1L, start + 2.5), (events[1].Step, events[1].WallTime));
        Assert.Equal([("loss", 0.25f), ("rewards/exact/mean", float.NaN)], events[1].Values);
        Assert.Equal(100_000_000_000, events[2].Step);
        Assert.Equal([("größe", -3.5f)], events[2].Values);
    }

    [Fact]
    public void A_resumed_run_begins_a_second_file_that_marks_the_restart()
    {
        using var first = new TensorBoardWriter(_at["events"], time: _clock);
        using var second = new TensorBoardWriter(_at["events"], resumeAt: 40, _clock); // within the same second
        Assert.NotEqual(first.Path, second.Path);
        var events = Decode(ReadWhileOpen(second.Path));
        Assert.Equal([false, true], events.Select(e => e.Restart));
        Assert.Equal(41, events[1].Step); // the first step that is made anew
    }

    private static byte[] ReadWhileOpen(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    private sealed record Event(double WallTime, long Step, string? Version, bool Restart, List<(string, float)> Values);

    private static List<Event> Decode(ReadOnlySpan<byte> file)
    {
        var events = new List<Event>();
        while (file.Length > 0)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
            Assert.Equal(Unmasked(BinaryPrimitives.ReadUInt32LittleEndian(file[8..])), EventRecord.Crc(file[..8]));
            var message = file.Slice(12, length);
            Assert.Equal(Unmasked(BinaryPrimitives.ReadUInt32LittleEndian(file[(12 + length)..])), EventRecord.Crc(message));
            file = file[(16 + length)..];

            var fields = Fields(message.ToArray());
            var summary = fields.Where(f => f.Field == 5).SelectMany(f => Fields(f.Bytes)).Select(f => Fields(f.Bytes));
            events.Add(new Event(
                fields.Where(f => f.Field == 1).Select(f => BitConverter.ToDouble(f.Bytes)).SingleOrDefault(),
                fields.Where(f => f.Field == 2).Select(f => (long)f.Varint).SingleOrDefault(),
                fields.Where(f => f.Field == 3).Select(f => Encoding.UTF8.GetString(f.Bytes)).SingleOrDefault(),
                fields.Where(f => f.Field == 7).SelectMany(f => Fields(f.Bytes)).Any(f => f is { Field: 1, Varint: 1 }),
                [.. summary.Select(v => (
                    Encoding.UTF8.GetString(v.Single(f => f.Field == 1).Bytes),
                    BitConverter.ToSingle(v.Single(f => f.Field == 2).Bytes)))]));
        }
        return events;
    }

    // x = ((crc >> 15) | (crc << 17)) + delta, undone
    private static uint Unmasked(uint masked)
    {
        var rotated = masked - 0xa282ead8;
        return (rotated >> 17) | (rotated << 15);
    }

    private static List<(int Field, ulong Varint, byte[] Bytes)> Fields(byte[] message)
    {
        var fields = new List<(int, ulong, byte[])>();
        for (var at = 0; at < message.Length;)
        {
            var tag = Varint(message, ref at);
            var field = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0: fields.Add((field, Varint(message, ref at), [])); break;
                case 1: fields.Add((field, 0, message[at..(at += 8)])); break;
                case 2:
                    var length = (int)Varint(message, ref at);
                    fields.Add((field, 0, message[at..(at += length)]));
                    break;
                case 5: fields.Add((field, 0, message[at..(at += 4)])); break;
                default: Assert.Fail($"wire type {tag & 7}"); break;
            }
        }
        return fields;
    }

    private static ulong Varint(byte[] bytes, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var part = bytes[at++];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80) return value;
        }
    }
}
