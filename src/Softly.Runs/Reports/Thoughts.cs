using System.Text;

namespace Softly.Runs.Reports;

/// <summary>
/// What a model thought, word by word: each step of a soft rollout is a little column of words, darker where they weigh more.
/// </summary>
public static class Thoughts
{
    private const int MostWords = 4;
    private const double LeastWeight = 0.01;

    /// <summary>The steps as HTML, in reading order, wrapping like text.</summary>
    public static string ToHtml(IReadOnlyList<ThoughtStep> steps)
    {
        var html = new StringBuilder("<div class=\"thoughts\">");
        foreach (var step in steps)
        {
            var soft = IsSoft(step);
            html.Append(soft ? "<span class=\"step soft\">" : "<span class=\"step\">");
            foreach (var (word, weight) in Heaviest(step))
            {
                var shade = Markup.Coordinate(double.IsFinite(weight) ? 0.5 * Math.Clamp(weight, 0, 1) : 0);
                html.Append(soft ? $"<span class=\"word\" style=\"--shade:{shade}\">" : "<span class=\"word\">")
                    .Append(Markup.Escape(Show(word)));
                if (soft) html.Append($" <small>{Percent(weight)}</small>");
                html.Append("</span>");
            }
            html.Append("</span> ");
        }
        return html.Append("</div>\n").ToString();
    }

    /// <summary>The steps as lines for a terminal: plain words, and soft ones as <c>{7 61%, 8 30%}</c>.</summary>
    public static string ToText(IReadOnlyList<ThoughtStep> steps, int width = 100)
    {
        var text = string.Join(' ', steps.Select(step => !IsSoft(step)
            ? string.Concat(Heaviest(step).Select(w => Show(w.Word)))
            : "{" + string.Join(", ", Heaviest(step).Select(w => $"{Show(w.Word)} {Percent(w.Weight)}")) + "}"));
        return string.Join('\n', TextWidth.Wrap(text, width));
    }

    private static bool IsSoft(ThoughtStep step) => step.Words is not [{ Weight: 1 }];

    /// <summary>Words worth a reader's time: the heaviest few, and always the first.</summary>
    private static IEnumerable<WordShare> Heaviest(ThoughtStep step) =>
        step.Words.Where((w, i) => i == 0 || (i < MostWords && w.Weight >= LeastWeight));

    private static string Percent(double weight) => double.IsFinite(weight) ? Numbers.Fixed(100 * weight, 0) + "%" : "–";

    // A word that is only space would be invisible.
    private static string Show(string word) =>
        word.Length == 0 ? "∅" : string.IsNullOrWhiteSpace(word) ? TextWidth.Visible(word).Replace(' ', '␣')
            : TextWidth.Visible(word.Trim(' '));
}
