using System.Text.RegularExpressions;

namespace Softly.Sandbox;

/// <summary>Finds the program in what a model wrote.</summary>
public static class CodeExtraction
{
    private const string ThinkEnd = "</think>", Begin = "[BEGIN]", Done = "[DONE]";

    /// <summary>
    /// After the thoughts: the last fenced block that defines the entry point, else the last block, else what stands between
    /// <c>[BEGIN]</c> and <c>[DONE]</c>, else everything. Code that begins indented continues the prompt.
    /// </summary>
    /// <returns>The program; null where there is none.</returns>
    public static string? Of(string completion, CodeProblem problem)
    {
        var text = completion.Replace("\r\n", "\n");
        if (text.LastIndexOf(ThinkEnd, StringComparison.Ordinal) is >= 0 and var end) text = text[(end + ThinkEnd.Length)..];
        var blocks = Blocks(text);
        var code = blocks.FindLast(b => Defines(b, problem.EntryPoint)) ?? blocks.LastOrDefault() ?? Marked(text) ?? text;
        if (string.IsNullOrWhiteSpace(code)) return null;
        var lines = code.Split('\n');
        var first = lines.First(line => !string.IsNullOrWhiteSpace(line));
        if (!char.IsWhiteSpace(first[0])) return code;
        if (problem.PromptIsCode && !Defines(code, problem.EntryPoint))
            return problem.Prompt.TrimEnd() + "\n" + code.TrimStart('\n');
        var indent = first.Length - first.TrimStart().Length; // a whole program, indented as it stands in a list
        return string.Join('\n', lines.Select(line => line.Length > indent && string.IsNullOrWhiteSpace(line[..indent])
            ? line[indent..] : line.TrimStart()));
    }

    /// <summary>Whether a program defines a name at its top: a function, a class or a variable.</summary>
    public static bool Defines(string code, string name) => Regex.IsMatch(
        code, $@"^[ \t]*(async[ \t]+)?(def|class)[ \t]+{name}\b|^{name}[ \t]*=[^=]",
        RegexOptions.Multiline | RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    /// <summary>What fences of three or more backticks or tildes hold; the last may be open.</summary>
    internal static List<string> Blocks(string text)
    {
        var blocks = new List<string>();
        List<string>? open = null;
        var (mark, count, indent) = ('\0', 0, 0);
        foreach (var line in text.Split('\n'))
        {
            var bare = line.TrimStart();
            var run = bare.Length > 0 && bare[0] is '`' or '~' ? bare.Length - bare.TrimStart(bare[0]).Length : 0;
            if (open is null)
            {
                if (run < 3 || (bare[0] == '`' && bare.IndexOf('`', run) >= 0)) continue; // code in a line of text
                (open, mark, count, indent) = ([], bare[0], run, line.Length - bare.Length);
            }
            else if (run >= count && bare[0] == mark && bare[run..].Trim().Length == 0)
            {
                blocks.Add(string.Join('\n', open) + "\n");
                open = null;
            }
            else
            {
                var less = 0;
                while (less < indent && less < line.Length && line[less] is ' ' or '\t') less++;
                open.Add(line[less..]);
            }
        }
        if (open is not null) blocks.Add(string.Join('\n', open) + "\n");
        return blocks;
    }

    private static string? Marked(string text)
    {
        var begin = text.LastIndexOf(Begin, StringComparison.Ordinal);
        if (begin < 0) return null;
        begin += Begin.Length;
        var done = text.IndexOf(Done, begin, StringComparison.Ordinal);
        return text[begin..(done < 0 ? text.Length : done)].Trim('\n') + "\n";
    }
}
