using Softly.Tokenization.Splitting;

namespace Softly.Tokenization.Files;

/// <summary>Reads the <c>pre_tokenizer</c> of a tokenizer.json.</summary>
internal static class PreTokenizerJson
{
    private const string Supported = "Sequence, Split, Digits, ByteLevel, WhitespaceSplit and Whitespace";

    /// <summary>
    /// The splits. <paramref name="hasByteLevel"/> becomes true where the component that turns text into bytes is met.
    /// </summary>
    public static IPreTokenizer Read(JsonField field, ref bool hasByteLevel)
    {
        if (hasByteLevel) throw field.Refuse("nothing is supported after ByteLevel");
        switch (field.Get("type").Text())
        {
            case "Sequence":
                var steps = new List<IPreTokenizer>();
                foreach (var item in field.Get("pretokenizers").Items()) steps.Add(Read(item, ref hasByteLevel));
                return new SplitSequence(steps);
            case "Split":
                return new PatternSplit(Pattern(field.Get("pattern")), Behavior(field.Get("behavior")), field.Flag("invert"));
            case "Digits":
                return field.Flag("individual_digits")
                    ? new PatternSplit(new NumberPattern(1), SplitBehavior.Isolated)
                    : new PatternSplit(new NumberPattern(int.MaxValue), SplitBehavior.Isolated);
            case "WhitespaceSplit":
                return new PatternSplit(new BlanksPattern(), SplitBehavior.Removed);
            case "Whitespace":
                return new PatternSplit(new RegexPattern(@"\w+|[^\w\s]+"), SplitBehavior.Removed, invert: true);
            case "ByteLevel":
                if (field.Flag("add_prefix_space", true)) throw field.Refuse("add_prefix_space is not supported");
                hasByteLevel = true;
                return field.Flag("use_regex", true)
                    ? new PatternSplit(new Gpt2Pattern(), SplitBehavior.Isolated)
                    : new SplitSequence([]);
            case var other:
                throw field.Refuse($"the pre-tokenizer '{other}' is not supported; supported are {Supported}");
        }
    }

    /// <summary>The hand-written pattern where the expression is a known one, else .NET's engine.</summary>
    private static ISplitPattern Pattern(JsonField field)
    {
        if (field.Find("String") is { } literal)
            return literal.Text().Length > 0 ? new LiteralPattern(literal.Text()) : throw literal.Refuse("the pattern is empty");
        var regex = field.Get("Regex");
        try
        {
            return regex.Text() switch
            {
                Gpt2Pattern.Regex => new Gpt2Pattern(),
                TiktokenPattern.OneDigitRegex => new TiktokenPattern(1),
                TiktokenPattern.ThreeDigitRegex => new TiktokenPattern(3),
                NumberPattern.OneRegex => new NumberPattern(1),
                NumberPattern.UpToThreeRegex => new NumberPattern(3),
                HanAndKanaPattern.Regex => new HanAndKanaPattern(),
                DeepSeekPattern.Regex => new DeepSeekPattern(),
                var other => new RegexPattern(other),
            };
        }
        catch (ArgumentException e)
        {
            throw regex.Refuse($"the expression cannot be used: {e.Message}");
        }
    }

    private static SplitBehavior Behavior(JsonField field) => field.Text() switch
    {
        "Isolated" => SplitBehavior.Isolated,
        "Removed" => SplitBehavior.Removed,
        "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" => SplitBehavior.MergedWithNext,
        "Contiguous" => SplitBehavior.Contiguous,
        var other => throw field.Refuse(
            $"'{other}' is not a behavior; expected Isolated, Removed, MergedWithPrevious, MergedWithNext or Contiguous"),
    };
}
