namespace Softly.Tasks;

/// <summary>A reward as a recipe names it.</summary>
/// <param name="Name">One of the built-in names, or a file of the user's own.</param>
/// <param name="Settings">What stands in parentheses behind it.</param>
public sealed record RewardSpec(string Name, IReadOnlyList<KeyValuePair<string, string>> Settings)
{
    /// <summary>
    /// Reads <c>accuracy, format(style=box), my/Reward.cs:brevity(target=20)</c>: rewards separated by commas, settings by
    /// commas or blanks; a value with either stands in quotes, single or double.
    /// </summary>
    /// <exception cref="ArgumentException">It cannot be read; the message says where.</exception>
    public static IReadOnlyList<RewardSpec> Read(string text)
    {
        var specs = new List<RewardSpec>();
        for (var at = 0; at <= text.Length;)
        {
            var name = Until(text, ref at, ",()").Trim();
            var settings = new List<KeyValuePair<string, string>>();
            if (at < text.Length && text[at] == '(') ReadSettings(text, ref at, name, settings);
            Skip(text, ref at);
            if (at < text.Length && text[at] != ',')
                throw new ArgumentException($"'{text[at..]}' stands behind {name} without a comma before it");
            if (name.Length == 0)
                throw new ArgumentException(specs.Count == 0 ? "no reward is named" : "between two commas no reward is named");
            specs.Add(new RewardSpec(name, settings));
            at++;
        }
        return specs;
    }

    private static void ReadSettings(string text, ref int at, string name, List<KeyValuePair<string, string>> settings)
    {
        at++; // the parenthesis
        while (true)
        {
            while (at < text.Length && (text[at] == ' ' || text[at] == ',')) at++;
            if (at == text.Length) throw new ArgumentException($"the parenthesis behind {name} is never closed");
            if (text[at] == ')')
            {
                at++;
                return;
            }
            var key = Until(text, ref at, "=,)( ");
            Skip(text, ref at);
            if (at == text.Length || text[at] != '=' || key.Length == 0)
                throw new ArgumentException($"in the parentheses behind {name} expected key=value, found '{key}'");
            at++;
            Skip(text, ref at);
            var value = at < text.Length && text[at] is '\'' or '"' ? Quoted(text, ref at, key) : Until(text, ref at, ",) ");
            if (settings.Any(s => s.Key == key)) throw new ArgumentException($"{key} of {name} is given twice");
            settings.Add(new(key, value));
        }
    }

    private static string Quoted(string text, ref int at, string key)
    {
        var end = text.IndexOf(text[at], at + 1);
        if (end < 0) throw new ArgumentException($"the quotes of {key} are never closed");
        var value = text[(at + 1)..end];
        at = end + 1;
        return value;
    }

    private static void Skip(string text, ref int at)
    {
        while (at < text.Length && text[at] == ' ') at++;
    }

    private static string Until(string text, ref int at, string marks)
    {
        var start = at;
        while (at < text.Length && !marks.Contains(text[at])) at++;
        return text[start..at];
    }
}
