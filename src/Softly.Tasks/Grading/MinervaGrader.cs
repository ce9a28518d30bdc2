namespace Softly.Tasks;

/// <summary>
/// Minerva's rule (Lewkowycz et al. 2022, as lm-evaluation-harness has it): what stands in the sentence "Final Answer: The final
/// answer is …. I hope it is correct.", and equality of texts in Minerva's normal form. The harness accepts besides what sympy
/// takes for equal; for that there is the grader <c>math</c>.
/// </summary>
public sealed class MinervaGrader : IGrader
{
    private const string Opening = "Final Answer: The final answer is";
    private const string Closing = " I hope it is correct"; // and one character more, which should be a full stop

    /// <inheritdoc />
    public string Name => "minerva";

    /// <inheritdoc />
    public string PromptSuffix =>
        " Solve the problem step by step and close with \"Final Answer: The final answer is $…$. I hope it is correct.\"";

    /// <inheritdoc />
    public Grade Grade(string answer, string completion)
    {
        if (Sentence(completion) is not { } sentence)
            return new Grade(0, Verdict.NoAnswer, $"no '{Opening}' with its closing sentence");
        var given = MinervaForm.Of(sentence.Trim(), feet: true);
        return given == MinervaForm.Of(answer, feet: true)
            ? new Grade(1, Verdict.Right, "the same normal form", given)
            : new Grade(0, Verdict.Wrong, "another normal form", given);
    }

    /// <summary>
    /// What stands between the first opening and the closing on its line, less the character before the closing, which should be
    /// a full stop. A text that ends before the closing is completed; then a blank must be its last character.
    /// </summary>
    private static string? Sentence(string completion)
    {
        var text = completion + Closing[1..] + ".";
        for (var from = 0; text.IndexOf(Opening, from, StringComparison.Ordinal) is >= 0 and var at;)
        {
            var start = at + Opening.Length;
            var line = text.IndexOf('\n', start);
            var end = line < 0 ? text.Length : line;
            if (end > start + 1 && text.AsSpan(start + 1, end - start - 2).IndexOf(Closing) is >= 0 and var close)
                return text.Substring(start, close);
            // No closing on this line: openings further along it have none either.
            from = Math.Max(end, start);
        }
        return null;
    }
}
