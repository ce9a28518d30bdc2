namespace Softly.Tokenization.Templates;

/// <summary>What a piece of a template is.</summary>
internal enum TokenKind
{
    /// <summary>Text between tags, white space control already applied.</summary>
    Text,

    /// <summary>Begins <c>{{ }}</c>.</summary>
    OutputStart,

    /// <summary>Ends it.</summary>
    OutputEnd,

    /// <summary>Begins <c>{% %}</c>.</summary>
    StatementStart,

    /// <summary>Ends it.</summary>
    StatementEnd,

    /// <summary>A name or keyword.</summary>
    Name,

    /// <summary>A string, escapes resolved.</summary>
    String,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A number with a fraction or exponent.</summary>
    Float,

    /// <summary>An operator or bracket.</summary>
    Operator,

    /// <summary>After the last token.</summary>
    End,
}

/// <summary>A piece of a template.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text; of a string, what it stands for.</param>
/// <param name="Line">Where it begins, from 1.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Line)
{
    public bool Is(TokenKind kind, string text) => Kind == kind && Text == text;

    public override string ToString() =>
        Kind == TokenKind.End ? "the end of the template" : $"'{(Text.Length <= 40 ? Text : Text[..40] + "…")}'";
}
