using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Softly.Runs;

/// <summary>
/// The two formats of an event file. Outside, TFRecord: length (8 bytes), its masked CRC, the message, its masked CRC, all
/// little-endian. Inside, protocol buffers: a tag <c>field &lt;&lt; 3 | wire type</c>, then the value. Fields used:
/// <code>
/// Event          1 wall_time double   2 step int64   3 file_version string   5 summary   7 session_log
/// SessionLog     1 status (START = 1)
/// Summary        1 value, repeated
/// Summary.Value  1 tag string         2 simple_value float
/// </code>
/// </summary>
internal static class EventRecord
{
    private const int Varint = 0, Fixed64 = 1, Delimited = 2, Fixed32 = 5;

    public static byte[] FileVersion(double wallTime)
    {
        var message = new Message();
        message.Double(1, wallTime);
        message.Bytes(3, "brain.Event:2"u8);
        return message.ToArray();
    }

    public static byte[] SessionStart(double wallTime, long step)
    {
        var session = new Message();
        session.Integer(1, 1);
        var message = new Message();
        message.Double(1, wallTime);
        message.Integer(2, step);
        message.Bytes(7, session.ToArray());
        return message.ToArray();
    }

    public static byte[] Scalars(double wallTime, long step, IEnumerable<KeyValuePair<string, double>> values)
    {
        var summary = new Message();
        foreach (var (tag, number) in values)
        {
            var value = new Message();
            value.Bytes(1, Encoding.UTF8.GetBytes(tag));
            value.Float(2, (float)number);
            summary.Bytes(1, value.ToArray());
        }
        var message = new Message();
        message.Double(1, wallTime);
        message.Integer(2, step);
        message.Bytes(5, summary.ToArray());
        return message.ToArray();
    }

    /// <summary>Length, CRC, message, CRC.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> message)
    {
        var frame = new byte[message.Length + 16];
        BinaryPrimitives.WriteUInt64LittleEndian(frame, (ulong)message.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(8), MaskedCrc(frame.AsSpan(0, 8)));
        message.CopyTo(frame.AsSpan(12));
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(12 + message.Length), MaskedCrc(message));
        return frame;
    }

    /// <summary>CRC-32C (Castagnoli), as in iSCSI.</summary>
    public static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes) crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }

    // Rotated and shifted, so that the CRC of data that holds CRCs stays meaningful.
    private static uint MaskedCrc(ReadOnlySpan<byte> bytes) => BitOperations.RotateRight(Crc(bytes), 15) + 0xa282ead8;

    /// <summary>A protocol buffer message being built.</summary>
    private sealed class Message
    {
        private readonly ArrayBufferWriter<byte> _bytes = new();

        public void Integer(int field, long value)
        {
            Tag(field, Varint);
            Write((ulong)value);
        }

        public void Double(int field, double value)
        {
            Tag(field, Fixed64);
            Span<byte> bytes = stackalloc byte[8];
            BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
            _bytes.Write(bytes);
        }

        public void Float(int field, float value)
        {
            Tag(field, Fixed32);
            Span<byte> bytes = stackalloc byte[4];
            BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
            _bytes.Write(bytes);
        }

        public void Bytes(int field, ReadOnlySpan<byte> value)
        {
            Tag(field, Delimited);
            Write((ulong)value.Length);
            _bytes.Write(value);
        }

        public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

        private void Tag(int field, int wireType) => Write((ulong)(field << 3 | wireType));

        private void Write(ulong value)
        {
            for (; value >= 0x80; value >>= 7) Write((byte)(value | 0x80));
            Write((byte)value);
        }

        private void Write(byte value) => _bytes.Write([value]);
    }
}
