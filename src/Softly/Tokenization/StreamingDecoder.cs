namespace Softly.Tokenization;

/// <summary>
/// Turns ids into text one at a time. A piece never ends inside a character: bytes of an unfinished one are held back until
/// the rest arrives. All pieces together are what <see cref="Tokenizer.Decode"/> gives for all ids.
/// </summary>
/// <remarks>Not thread-safe: one instance per text.</remarks>
public abstract class StreamingDecoder
{
    /// <summary>The text that is complete with this id; empty where a character is still unfinished.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is negative.</exception>
    public abstract string Push(int id);

    /// <summary>What was held back, with U+FFFD for an unfinished character. The decoder is then as new.</summary>
    public abstract string Finish();
}
