using System.Text;
using System.Text.Json;

namespace Softly.Tests.Grading.Fuzz;

/// <summary>
/// Texts that look like answers to somebody who does not look closely: random characters, LaTeX in a random order, damaged
/// answers, deep nesting, numbers too large to write. The same number makes the same text.
/// </summary>
internal sealed class AnswerSoup
{
    private static readonly string[] Pieces =
    [
        @"\frac", @"\dfrac", @"\sqrt", @"\sqrt[3]", @"\left(", @"\right)", @"\left[", @"\right]", "{", "}", "(", ")", "[",
        "]", "^", "_", "+", "-", "*", "/", "=", "<", ">", @"\le", @"\ge", @"\ne", @"\in", @"\cup", @"\cap", @"\pm",
        @"\cdot", @"\times", @"\div", "!", "|", ",", ";", ":", ".", " ", "\n", "$", @"\%", "%", @"\$", @"\pi", "e", "i",
        "x", "y", "n", "0", "1", "2", "7", "10", "12", "99", "1000", "0.5", "3.14", "1,234", @"\infty", @"\sin", @"\cos",
        @"\tan", @"\log", @"\ln", @"\exp", @"\arcsin", @"\arctan", @"\sum", @"\int", @"\prod", @"\lim", @"\to", @"\binom",
        @"\gcd", @"\max", @"\text{", @"\text{and}", @"\text{ or }", @"\mathrm{", @"\mathbb{R}", @"\begin{pmatrix}",
        @"\end{pmatrix}", @"\begin{cases}", @"\end{cases}", "&", @"\\", @"\{", @"\}", @"\boxed{", @"\circ", @"^\circ",
        @"\overline{", @"\dots", @"\quad", @"\,", "and", "or", "cm", "dollars", "π", "√", "∞", "≤", "×", "−", "½", "é", "😀",
        "\u0000", "\ud800", "_5", "^{-1}", "'", "\"", "The answer is ", "answer: ", "#### ", "</think>", "<think>", "(B)",
        "A", "2^{100}", "9^{9^9}", "100!", "10^{1000}", "1e400", "()", "{}",
    ];

    private static readonly string[] Openings =
    [
        "{", "(", "[", @"\left(", @"\frac{", @"\sqrt{", "-", "^{", "_{", "|", @"\text{", @"\sin(", "2^", "x^{", @"\{",
        "1+(", @"\boxed{", @"\overline{", "f(", "!(", @"\begin{pmatrix}", @"\lfloor",
    ];

    private static readonly string[] Closings =
    [
        "}", ")", "]", @"\right)", "", "|", @"\}", @"\end{pmatrix}", "}{2}",
    ];

    private static readonly string[] Huge =
    [
        "9^{9^{9^{9}}}", "10^{10^{10}}", "(10^9)!", "2^{10^8}", "e^{e^{e^{10}}}", "1000000!", "100!!", "((((9!)!)!)!)",
        @"\binom{10^9}{5\cdot10^8}", @"\sin(10^{10^{5}})", "2^{-10^{9}}", @"\sum_{k=1}^{10^{12}} k^{k}",
        @"\prod_{k=1}^{10^9} k", "1.5^{10^{7}}", "(1+10^{-9})^{10^{9}}", @"\sqrt[10^9]{2}", "3^{3^{3^{3}}}-3^{3^{3^{3}}}",
        @"\log(10^{10^{9}})", "(x+y+z+1)^{500}", "(x+1)^{10^{9}}", "0.1234567890123456789e-99999", @"\int_0^1 x^{x^{x}} dx",
        @"\lim_{n\to\infty} (1+1/n)^{n^{n}}", @"\gcd(10^{5000}, 3^{9999})", @"\lfloor 10^{10^{6}}\pi \rfloor",
        "10^{10^{10}} \\bmod 7",
    ];

    private readonly IReadOnlyList<string> _answers;

    public AnswerSoup(IReadOnlyList<string> answers) => _answers = answers;

    /// <summary>The text of this number.</summary>
    public string Make(int number)
    {
        var random = new Random(number);
        return (number % 8) switch
        {
            0 => Characters(random),
            1 or 2 or 3 => Soup(random, random.Next(1, 40)),
            4 or 5 => Damaged(random),
            6 => Nested(random),
            _ => Soup(random, random.Next(0, 4)) + Huge[random.Next(Huge.Length)] + Soup(random, random.Next(0, 6)),
        };
    }

    private static string Characters(Random random)
    {
        var text = new StringBuilder();
        for (var n = random.Next(0, 200); n > 0; n--)
            text.Append((char)(random.Next(4) > 0 ? random.Next(32, 127) : random.Next(0, 65536)));
        return text.ToString();
    }

    private static string Soup(Random random, int count)
    {
        var text = new StringBuilder();
        for (; count > 0; count--) text.Append(Pieces[random.Next(Pieces.Length)]);
        return text.ToString();
    }

    private string Damaged(Random random)
    {
        var text = new StringBuilder(_answers[random.Next(_answers.Count)]);
        for (var n = random.Next(1, 6); n > 0; n--)
        {
            var at = random.Next(text.Length + 1);
            switch (random.Next(5))
            {
                case 0 when at < text.Length: text.Remove(at, Math.Min(text.Length - at, random.Next(1, 4))); break;
                case 1: text.Insert(at, Pieces[random.Next(Pieces.Length)]); break;
                case 2 when at < text.Length: text[at] = (char)random.Next(32, 127); break;
                case 3: text.Insert(at, text.ToString(at, Math.Min(text.Length - at, random.Next(1, 30)))); break;
                default: text.Append(_answers[random.Next(_answers.Count)]); break;
            }
        }
        return text.ToString();
    }

    private static string Nested(Random random)
    {
        var depth = random.Next(20) == 0 ? random.Next(1000, 50_000) : random.Next(1, 300);
        var (open, other) = (Openings[random.Next(Openings.Length)], Openings[random.Next(Openings.Length)]);
        var text = new StringBuilder();
        for (var i = 0; i < depth; i++) text.Append(random.Next(4) == 0 ? other : open);
        text.Append(Soup(random, random.Next(0, 4)));
        var close = Closings[random.Next(Closings.Length)];
        for (var i = random.Next(2) == 0 ? depth : random.Next(depth); i > 0; i--) text.Append(close);
        return text.ToString();
    }

    /// <summary>
    /// Golds to grade against, and answers to damage: some of our own, and those of the table where it is there.
    /// </summary>
    public static (string[] Golds, string[] Answers) Material()
    {
        string[] own =
        [
            "42", "-7", @"\frac{1}{2}", @"\frac{3\sqrt{5}}{2}", "0.125", "1,234", @"25\%", @"x^2+2x+1", "x=5", "(1,2)", "[0,1)",
            @"\{1,2,3\}",
            "1,2", @"\text{east}", "B", @"x \le 2", @"(-\infty,0)\cup(1,\infty)", @"\begin{pmatrix}1&2\\3&4\end{pmatrix}",
            @"2^{n+1}", "204_5", @"90^\circ", "3:2", "4:30", @"12\text{ cm}", @"\frac{\pi}{4}", @"6-5i",
            @"\sin x\cos x", "y=2x+1", @"\sqrt{2+\sqrt{3}}", "10!",
        ];
        var path = Path.Combine(Reference.Folder, "graders", "math_cases.jsonl");
        if (!File.Exists(path)) return (own, own);
        var rows = File.ReadLines(path).Select(l => JsonDocument.Parse(l).RootElement).ToArray();
        string Column(JsonElement row, string name) => row.GetProperty(name).GetString()!;
        return ([.. own, .. rows.Select(r => Column(r, "gold")).Distinct()],
            [.. own, .. rows.Select(r => Column(r, "gold")), .. rows.Select(r => Column(r, "pred")).Where(p => p.Length < 300)]);
    }
}
