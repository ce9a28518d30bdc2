using System.Text;

namespace Softly.Tokenization;

/// <summary>
/// The alphabet in which byte-level vocabularies are written (GPT-2): one printable character a byte. Printable Latin-1 stands
/// for itself, the other 68 bytes take U+0100 and up, in order; a blank is U+0120.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] Characters = MakeCharacters();
    private static readonly short[] Bytes = MakeBytes();

    /// <summary>The character that stands for a byte.</summary>
    public static char CharacterOf(byte value) => Characters[value];

    /// <summary>
    /// The bytes that a vocabulary entry stands for. An entry with a character outside the alphabet stands for its own text.
    /// </summary>
    public static byte[] BytesOf(string entry)
    {
        var bytes = new byte[entry.Length];
        for (var i = 0; i < bytes.Length; i++)
        {
            if (entry[i] >= Bytes.Length || Bytes[entry[i]] < 0) return Encoding.UTF8.GetBytes(entry);
            bytes[i] = (byte)Bytes[entry[i]];
        }

        return bytes;
    }

    /// <summary>Bytes in the alphabet.</summary>
    public static string Spell(ReadOnlySpan<byte> bytes)
    {
        var spelling = new StringBuilder(bytes.Length);
        foreach (var value in bytes) spelling.Append(Characters[value]);
        return spelling.ToString();
    }

    private static char[] MakeCharacters()
    {
        var characters = new char[256];
        var next = '\u0100';
        for (var value = 0; value < 256; value++)
            characters[value] = value is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE ? (char)value : next++;
        return characters;
    }

    private static short[] MakeBytes()
    {
        var bytes = new short[Characters.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (var value = 0; value < 256; value++) bytes[Characters[value]] = (short)value;
        return bytes;
    }
}
