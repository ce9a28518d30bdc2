namespace Softly.Tokenization;

/// <summary>
/// A chat template that cannot be read, or cannot be rendered with what it was given. The message says where: the file, the line
/// of the template and the construct.
/// </summary>
public sealed class ChatTemplateException : Exception
{
    internal ChatTemplateException(string place, int line, string what, Exception? inner = null)
        : base($"{place}, line {line}: {what}", inner) => Line = line;

    /// <summary>The line of the template, from 1.</summary>
    public int Line { get; }
}
