using System.Globalization;
using System.Text;

namespace Softly.Sandbox;

/// <summary>The few kinds of values that the host itself writes and reads; the whole protocol is in Runners/channel.py.</summary>
internal static class Wire
{
    /// <summary>A message: its kind, then its values: texts, lists of texts, truths.</summary>
    public static byte[] Message(char kind, params ReadOnlySpan<object> values)
    {
        using var bytes = new MemoryStream();
        bytes.WriteByte((byte)kind);
        foreach (var value in values) Write(bytes, value);
        return bytes.ToArray();
    }

    /// <summary>The texts, numbers and truths of an answer.</summary>
    /// <exception cref="FormatException">It holds something else, or is cut off.</exception>
    public static List<object?> Values(ReadOnlySpan<byte> message)
    {
        var values = new List<object?>();
        for (var at = 1; at < message.Length;)
        {
            var tag = (char)message[at++];
            if (tag is 'T' or 'F' or 'N')
            {
                values.Add(tag == 'N' ? null : tag == 'T');
                continue;
            }
            var end = message[at..].IndexOf((byte)';');
            if (end < 0) throw new FormatException("cut off");
            var text = Encoding.ASCII.GetString(message.Slice(at, end));
            at += end + 1;
            if (tag == 'i' && long.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number))
                values.Add(number);
            else if (tag == 's' && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
                && length <= message.Length - at)
            {
                values.Add(Encoding.UTF8.GetString(message.Slice(at, length)));
                at += length;
            }
            else throw new FormatException($"no text and no number begins with {tag}");
        }
        return values;
    }

    private static void Write(MemoryStream bytes, object value)
    {
        switch (value)
        {
            case bool truth:
                bytes.WriteByte((byte)(truth ? 'T' : 'F'));
                break;
            case string text:
                var data = Encoding.UTF8.GetBytes(text);
                bytes.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"s{data.Length};")));
                bytes.Write(data);
                break;
            case IReadOnlyList<string> texts:
                bytes.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"l{texts.Count};")));
                foreach (var text in texts) Write(bytes, text);
                break;
            default:
                throw new ArgumentException($"a {value.GetType().Name} is not written");
        }
    }
}
