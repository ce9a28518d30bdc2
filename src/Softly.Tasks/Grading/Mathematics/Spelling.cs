using System.Text;
using System.Text.RegularExpressions;

namespace Softly.Tasks.Mathematics;

/// <summary>Brings what an answer is written in to plain LaTeX, and texts to one form: spelling, not value.</summary>
internal static partial class Spelling
{
    /// <summary>Stands between groups of digits that are certainly one number; a character nobody writes.</summary>
    public const char Group = '\uE000';

    private static readonly Dictionary<char, string> Unicode = new()
    {
        ['−'] = "-", ['–'] = "-", ['—'] = "-", ['‐'] = "-", ['‑'] = "-", ['﹣'] = "-", ['×'] = @"\times ", ['✕'] = @"\times ",
        ['·'] = @"\cdot ", ['⋅'] = @"\cdot ", ['∙'] = @"\cdot ", ['•'] = @"\cdot ", ['÷'] = @"\div ", ['∕'] = "/", ['⁄'] = "/",
        ['≤'] = @"\le ", ['⩽'] = @"\le ", ['≥'] = @"\ge ", ['⩾'] = @"\ge ", ['≠'] = @"\ne ", ['≈'] = @"\approx ",
        ['≡'] = @"\equiv ",
        ['∞'] = @"\infty ", ['π'] = @"\pi ", ['θ'] = @"\theta ", ['α'] = @"\alpha ", ['β'] = @"\beta ", ['γ'] = @"\gamma ",
        ['δ'] = @"\delta ", ['ε'] = @"\epsilon ", ['λ'] = @"\lambda ", ['μ'] = @"\mu ", ['ρ'] = @"\rho ", ['σ'] = @"\sigma ",
        ['τ'] = @"\tau ", ['φ'] = @"\phi ", ['ϕ'] = @"\phi ", ['χ'] = @"\chi ", ['ψ'] = @"\psi ", ['ω'] = @"\omega ",
        ['Γ'] = @"\Gamma ",
        ['Δ'] = @"\Delta ", ['Σ'] = @"\Sigma ", ['Ω'] = @"\Omega ", ['Φ'] = @"\Phi ", ['√'] = @"\sqrt ", ['∛'] = @"\sqrt[3]",
        ['°'] = @"^\circ ", ['º'] = @"^\circ ", ['∪'] = @"\cup ", ['∩'] = @"\cap ", ['∈'] = @"\in ", ['∖'] = @"\setminus ",
        ['∅'] = @"\emptyset ", ['ℝ'] = @"\mathbb{R}", ['ℤ'] = @"\mathbb{Z}", ['ℕ'] = @"\mathbb{N}", ['ℚ'] = @"\mathbb{Q}",
        ['ℂ'] = @"\mathbb{C}", ['±'] = @"\pm ", ['∓'] = @"\mp ", ['½'] = @"\frac{1}{2}", ['⅓'] = @"\frac{1}{3}",
        ['⅔'] = @"\frac{2}{3}",
        ['¼'] = @"\frac{1}{4}", ['¾'] = @"\frac{3}{4}", ['⅕'] = @"\frac{1}{5}", ['⅖'] = @"\frac{2}{5}", ['⅗'] = @"\frac{3}{5}",
        ['⅘'] = @"\frac{4}{5}", ['⅙'] = @"\frac{1}{6}", ['⅚'] = @"\frac{5}{6}", ['⅛'] = @"\frac{1}{8}", ['⅜'] = @"\frac{3}{8}",
        ['⅝'] = @"\frac{5}{8}", ['⅞'] = @"\frac{7}{8}", ['→'] = @"\to ", ['⇒'] = @"\implies ", ['∑'] = @"\sum ",
        ['∏'] = @"\prod ",
        ['∫'] = @"\int ", ['∠'] = @"\angle ", ['′'] = "'", ['’'] = "'", ['‘'] = "'", ['″'] = "''", ['“'] = "\"", ['”'] = "\"",
        ['…'] = @"\ldots ", ['⋯'] = @"\ldots ", ['⟨'] = @"\langle ", ['⟩'] = @"\rangle ", ['⌊'] = @"\lfloor ",
        ['⌋'] = @"\rfloor ",
        ['⌈'] = @"\lceil ", ['⌉'] = @"\rceil ", ['€'] = @"\$", ['£'] = @"\$", ['¥'] = @"\$", ['∣'] = "|", ['\u200B'] = "",
        ['\uFEFF'] = "",
        ['\u2061'] = "", ['，'] = ", ", ['、'] = ", ", ['；'] = "; ", ['。'] = ".", ['％'] = @"\%", ['∧'] = " and ", ['∨'] = " or ",
        [Group] = "",
    };

    private const string Raised = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ";
    private const string RaisedPlain = "0123456789+-=()ni";
    private const string Lowered = "₀₁₂₃₄₅₆₇₈₉";

    /// <summary>
    /// An answer in plain LaTeX, without what only sets it: sizes, spaces, delimiters of formulas, the last full stop.
    /// </summary>
    public static string Clean(string text)
    {
        var t = Plain(text);
        t = Boxes().Replace(t, "{");
        t = Sizes().Replace(t, "");
        t = Delimiters().Replace(t, " ");
        t = t.Replace("$$", " ").Replace(@"\$", "\uE001").Replace('$', ' ').Replace("\uE001", @"\$ ");
        t = NegativeSpaceGroup().Replace(t, Group.ToString());
        t = t.Replace("{:}", ":").Replace("{=}", "=");
        t = BracedComma().Replace(t, Group.ToString()).Replace("{,}", ",");
        t = ThinSpaceGroup().Replace(t, Group.ToString());
        t = t.Replace(@"\!", "").Replace(@"\tfrac", @"\frac").Replace(@"\dfrac", @"\frac").Replace(@"\cfrac", @"\frac");
        t = Spaces().Replace(t, " ");
        t = DoubleStar().Replace(t, "^");
        t = t.Replace("**", "").Replace("`", "");
        return Ends(French(t));
    }

    /// <summary>Intervals that are open where a bracket turns away, as in <c>]0,1[</c>, with round brackets.</summary>
    private static string French(string text)
    {
        var first = text.IndexOfAny(['[', ']']);
        if (first < 0 || text.Contains("begin", StringComparison.Ordinal)) return text;
        var turned = text.ToCharArray();
        var open = -1;
        var round = text.AsSpan(0, first).Count('(') - text.AsSpan(0, first).Count(')'); // how many are open
        for (var i = first; i < text.Length; i++)
        {
            if (text[i] == '(') round++;
            if (text[i] == ')') round--;
            if (text[i] is not ('[' or ']')) continue;
            if (open < 0)
            {
                // a bracket that closes what a round one opened is no beginning
                if (text[i] == ']' && round > 0) continue;
                if (text[i] == ']') turned[i] = '(';
                open = i;
                continue;
            }
            if (text[i] == '[')
            {
                if (!text.AsSpan(open, i - open).Contains(',') || text.AsSpan(0, i).TrimEnd()[^1] is ',' or '[' or ']')
                    return text;
                turned[i] = ')';
            }
            open = -1;
        }
        return open < 0 ? new string(turned) : text;
    }

    /// <summary>
    /// The form in which equal texts are equal answers: lower case, no commands for type faces, no articles, one blank between
    /// words.
    /// </summary>
    public static string Words(string text)
    {
        var t = TypeFaces().Replace(Clean(text), " ").Replace('{', ' ').Replace('}', ' ').Replace('\\', ' ');
        t = Hyphen().Replace(t, " ");
        var words = t.ToLowerInvariant().Split([' ', '\t', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);
        var kept = words.Length > 1 ? words.Where(w => w is not ("a" or "an" or "the")) : words;
        return string.Join(' ', kept).Trim('.', ',', '"', ' ', ':', ';');
    }

    /// <summary>The form in which equal formulas are equal, letter by letter.</summary>
    public static string Formula(string text)
    {
        var t = Clean(text);
        var form = new StringBuilder(t.Length);
        for (var i = 0; i < t.Length; i++)
        {
            if (!char.IsWhiteSpace(t[i])) form.Append(t[i]);
            else if (form.Length > 0 && i + 1 < t.Length && char.IsLetterOrDigit(form[^1]) && char.IsLetterOrDigit(t[i + 1]))
                form.Append(' ');
            else if (form.Length > 0 && form[^1] == ',' && i + 1 < t.Length && char.IsAsciiDigit(t[i + 1])) form.Append(' ');
        }
        return form.Replace(Group.ToString(), "").ToString();
    }

    /// <summary>
    /// Without pairs of round brackets that hold nothing but another pair; long runs of them must not cost depth.
    /// </summary>
    public static string WithoutNestedBrackets(string text)
    {
        if (!text.Contains("((", StringComparison.Ordinal)) return text;
        var open = new Stack<int>();
        var partner = new int[text.Length];
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '(') open.Push(i);
            else if (text[i] == ')' && open.TryPop(out var start)) (partner[start], partner[i]) = (i, start);
        }
        var kept = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var outer = text[i] == '(' && partner[i] > 0 && text[i + 1] == '(' && partner[i + 1] == partner[i] - 1
                || text[i] == ')' && i > 0 && text[i - 1] == ')' && (partner[i] > 0 || text[0] == '(' && partner[0] == i)
                    && partner[i - 1] == partner[i] + 1;
            if (!outer) kept.Append(text[i]);
        }
        return kept.ToString();
    }

    private static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c < 128) plain.Append(c is '\t' or '\n' or '\r' or '\f' ? ' ' : c);
            else if (Unicode.TryGetValue(c, out var ascii)) plain.Append(ascii);
            else if (c is >= '\uFF01' and <= '\uFF5E') plain.Append((char)(c - 0xFEE0));
            else if (Raised.Contains(c))
            {
                plain.Append("^{");
                for (; i < text.Length && Raised.Contains(text[i]); i++) plain.Append(RaisedPlain[Raised.IndexOf(text[i])]);
                plain.Append('}');
                i--;
            }
            else if (Lowered.Contains(c))
            {
                plain.Append("_{");
                for (; i < text.Length && Lowered.Contains(text[i]); i++) plain.Append((char)('0' + Lowered.IndexOf(text[i])));
                plain.Append('}');
                i--;
            }
            else plain.Append(char.IsWhiteSpace(c) ? ' ' : c);
        }
        return plain.ToString();
    }

    private static string Ends(string text)
    {
        var t = text.Trim();
        while (t.Length > 0)
        {
            var last = t[^1];
            if (last is '.' or ',' or ';' or ':' && !t.EndsWith("..", StringComparison.Ordinal)
                || last == '\\' && !t.EndsWith(@"\\", StringComparison.Ordinal)) t = t[..^1].TrimEnd();
            else if (t.EndsWith(@"\\", StringComparison.Ordinal)) t = t[..^2].TrimEnd();
            else if (IsGroup(t)) t = t[1..^1].Trim();
            else break;
        }
        return t;
    }

    /// <summary>Whether a pair of braces stands around everything and does nothing.</summary>
    private static bool IsGroup(string text)
    {
        if (text is not ['{', .., '}'] || text.Contains(@"\over ", StringComparison.Ordinal)
            || text.Contains(@"\choose", StringComparison.Ordinal)) return false;
        var depth = 0;
        for (var i = 0; i < text.Length - 1; i++)
        {
            if (text[i] == '\\') i++;
            else if (text[i] == '{') depth++;
            else if (text[i] == '}' && --depth == 0) return false;
        }
        return depth == 1;
    }

    [GeneratedRegex(@"\\(?:boxed|fbox)\s*\{")]
    private static partial Regex Boxes();

    [GeneratedRegex(@"\\(?:left|right|middle)\s*\.(?!\d)|\\(?:left|right|middle|big|Big|bigg|Bigg|bigl|bigr|Bigl|Bigr"
        + @"|biggl|biggr|Biggl|Biggr|displaystyle|textstyle|scriptstyle|limits|nolimits|rm|bf|it|tt"
        + @"|mathstrut|strut|phantom\{[^{}]*\})(?![a-zA-Z])")]
    private static partial Regex Sizes();

    [GeneratedRegex(@"(?<=\p{L})-(?=\p{L}{2})")]
    private static partial Regex Hyphen();

    [GeneratedRegex(@"(?<!\\)\\[()\[\]]")]
    private static partial Regex Delimiters();

    [GeneratedRegex(@"(?<=\d),\s*\\!\s*(?=\d{3}(?!\d))")]
    private static partial Regex NegativeSpaceGroup();

    [GeneratedRegex(@"(?<=\d)\s*\{\s*,\s*\}\s*(?=\d{3}(?!\d))")]
    private static partial Regex BracedComma();

    [GeneratedRegex(@"(?<=\d)(?:\\,|\\ |~|\\;|\\:|(?<=(?<!\d)\d{1,3}) )(?=\d{3}(?!\d|\s*/))")]
    private static partial Regex ThinSpaceGroup();

    [GeneratedRegex(@"(?<!\\)\\[,;: >/]|(?<!\\)~|\\(?:quad|qquad|enspace|enskip|thinspace|medspace|nobreakspace"
        + @"|hfill|space)(?![a-zA-Z])|\\[hv]space\*?\{[^{}]*\}")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"(?<=[\w)}\]])\s*\*\*\s*(?=[\w({\-])")]
    private static partial Regex DoubleStar();

    [GeneratedRegex(@"\\(?:text|textbf|textit|textrm|textnormal|textsf|texttt|mbox|hbox|mathrm|mathbf|mathit|mathsf|mathcal"
        + @"|operatorname|bold|emph|rm|bf)(?![a-zA-Z])\*?")]
    private static partial Regex TypeFaces();
}
