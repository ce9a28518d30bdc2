namespace Softly.Tasks;

/// <summary>
/// The reward that SofT-GRPO trains mathematics with (verl's rule for the MATH family, after Hendrycks et al.): the last box of
/// the completion, and equality of texts after a light normalisation. There is no algebra: <c>1,000</c> is not <c>1000</c>,
/// <c>2.0</c> not <c>2</c>. It is here so that runs can be compared with published ones, so its oddities are kept.
/// </summary>
/// <remarks>
/// The whole completion is searched, thoughts too. If <c>\boxed</c> with a blank behind it occurs anywhere, what follows the last
/// such up to the next <c>$</c> is the answer. An <c>\fbox</c> is looked for where there is no <c>\boxed</c>, but scores 0
/// whatever it holds, and so does a box without its brace. Braces are counted even where a backslash stands before them.
/// </remarks>
public sealed class HendrycksGrader : IGrader
{
    private const string Box = @"\boxed";
    private const string BoxAndBlank = @"\boxed ";
    private const string BoxAndBrace = @"\boxed{";

    /// <inheritdoc />
    public string Name => "hendrycks";

    /// <inheritdoc />
    public string PromptSuffix => @" Let's think step by step and output the final answer within \boxed{}.";

    /// <inheritdoc />
    public Grade Grade(string answer, string completion)
    {
        if (LastBox(completion) is not { } box) return new Grade(0, Verdict.NoAnswer, "no complete box");
        if (Content(box) is not { } given) return new Grade(0, Verdict.Unparsable, @"the box is not a \boxed{…}", box);
        return Same(given, answer)
            ? new Grade(1, Verdict.Right, $"the box holds {Short(answer)}", given)
            : new Grade(0, Verdict.Wrong, $"the box holds {Short(given)}, not {Short(answer)}", given);
    }

    /// <summary>
    /// Whether two answers are equal texts after normalisation; as they stand where either cannot be normalised.
    /// </summary>
    public static bool Same(string given, string wanted) =>
        HendrycksForm.Of(given) is { } a && HendrycksForm.Of(wanted) is { } b ? a == b : given == wanted;

    /// <summary>What the last box of a text holds, as this grader reads it; null where there is none.</summary>
    internal static string? LastBoxed(string text) => LastBox(text) is { } box ? Content(box) : null;

    private static string? LastBox(string text)
    {
        var blank = text.LastIndexOf(BoxAndBlank, StringComparison.Ordinal);
        if (blank >= 0)
        {
            var rest = text[(blank + BoxAndBlank.Length)..];
            return BoxAndBlank + rest.Split('$', 2)[0];
        }
        var start = text.LastIndexOf(Box, StringComparison.Ordinal);
        if (start < 0) start = text.LastIndexOf(@"\fbox", StringComparison.Ordinal);
        if (start < 0) return null;
        var open = 0;
        for (var i = start; i < text.Length; i++)
        {
            if (text[i] == '{') open++;
            if (text[i] == '}' && --open == 0) return text[start..(i + 1)];
        }
        return null;
    }

    private static string? Content(string box) =>
        box.StartsWith(BoxAndBlank, StringComparison.Ordinal) ? box[BoxAndBlank.Length..]
        : box.StartsWith(BoxAndBrace, StringComparison.Ordinal) ? box[BoxAndBrace.Length..^1]
        : null;

    private static string Short(string text) => text.Length <= 60 ? text : text[..57] + "…";
}
