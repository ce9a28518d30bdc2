namespace Softly.Tasks;

/// <summary>A dataset cannot be used; the message says which file and line, what was expected, and what to change.</summary>
public sealed class DatasetException : Exception
{
    /// <summary>With the whole message.</summary>
    public DatasetException(string message) : base(message) { }

    /// <summary>With the whole message and what it came from.</summary>
    public DatasetException(string message, Exception inner) : base(message, inner) { }
}
