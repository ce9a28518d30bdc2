using System.Text.RegularExpressions;

namespace Softly.Tasks;

/// <summary>
/// The reward that DAPO trains mathematics with (verl's rule): the last line "Answer: …" within the last 300 characters, and
/// equality of texts in Minerva's normal form. It is here so that runs can be compared with published ones.
/// </summary>
/// <remarks>
/// The mark is found in any case, with blanks around its colon; the answer may stand on the next line. verl gives -1 where this
/// gives 0; advantages within a group are the same. Of its strict variant, which compares boxes letter by letter, there is none.
/// </remarks>
public sealed partial class DapoGrader : IGrader
{
    private const int Seen = 300;

    /// <inheritdoc />
    public string Name => "dapo";

    /// <inheritdoc />
    public string PromptSuffix =>
        " Solve the problem step by step. The last line of the response should be \"Answer: \" and the answer, without quotes.";

    /// <inheritdoc />
    public Grade Grade(string answer, string completion)
    {
        if (Mark().Matches(End(completion)) is not [.., var last])
            return new Grade(0, Verdict.NoAnswer, $"no 'Answer:' in the last {Seen} characters");
        var given = MinervaForm.Of(last.Groups[1].Value, feet: false);
        return given == MinervaForm.Of(answer, feet: false)
            ? new Grade(1, Verdict.Right, "the same normal form", given)
            : new Grade(0, Verdict.Wrong, "another normal form", given);
    }

    /// <summary>The last characters; a pair of surrogates is one.</summary>
    private static string End(string text)
    {
        var start = text.Length;
        for (var n = 0; n < Seen && start > 0; n++)
            start -= start > 1 && char.IsSurrogatePair(text[start - 2], text[start - 1]) ? 2 : 1;
        return text[start..];
    }

    [GeneratedRegex(@"Answer\s*:\s*([^\n]+)", RegexOptions.IgnoreCase)]
    private static partial Regex Mark();
}
