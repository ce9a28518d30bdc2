namespace Softly.Tasks.Mathematics;

/// <summary>What a token is.</summary>
internal enum TokenKind
{
    /// <summary>A number; its value is with it.</summary>
    Number,

    /// <summary>One letter.</summary>
    Letter,

    /// <summary>A command without its backslash, or a word that is as good as one.</summary>
    Name,

    /// <summary>A mark: an operator, a bracket, a separator.</summary>
    Sign,

    /// <summary>A subscript, as it stands.</summary>
    Subscript,

    /// <summary>Words.</summary>
    Text,

    /// <summary>The beginning of a matrix or the like; its kind is the text.</summary>
    Begin,

    /// <summary>The end of such.</summary>
    Finish,

    /// <summary>Digits in another base.</summary>
    Based,

    /// <summary>The end of the answer.</summary>
    End,
}

/// <summary>A piece of an answer.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">How it is written.</param>
/// <param name="Spaced">Whether a blank stands before it.</param>
/// <param name="Value">The value of a number.</param>
/// <param name="IsDecimal">Whether a number has a point or an exponent.</param>
internal readonly record struct Token(TokenKind Kind, string Text, bool Spaced, Rational Value = default, bool IsDecimal = false)
{
    /// <summary>Whether it is this mark.</summary>
    public bool Is(string sign) => Kind == TokenKind.Sign && Text == sign;

    /// <summary>Whether it is this name.</summary>
    public bool Names(string name) => Kind == TokenKind.Name && Text == name;
}
