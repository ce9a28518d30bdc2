namespace Softly.Tokenization;

/// <summary>A token that is recognised in a text before anything else is done to it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">The text it stands for.</param>
internal sealed record AddedToken(int Id, string Content)
{
    /// <summary>Left out when decoding for a reader.</summary>
    public bool IsSpecial { get; init; }

    /// <summary>Takes the white space before it along.</summary>
    public bool TakesBlanksBefore { get; init; }

    /// <summary>Takes the white space after it along.</summary>
    public bool TakesBlanksAfter { get; init; }

    /// <summary>Only recognised where no word character touches it.</summary>
    public bool IsSingleWord { get; init; }

    /// <summary>Looked for in the normalised text rather than in the original.</summary>
    public bool IsNormalized { get; init; }
}
