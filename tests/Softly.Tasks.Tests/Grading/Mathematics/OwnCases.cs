namespace Softly.Tests.Grading.Mathematics;

/// <summary>
/// Pairs written for this project: the reference answer, the answer to judge, and options as <c>name=value</c>, between double
/// bars.
/// </summary>
internal static class OwnCases
{
    public const string Right = """
        \frac{1}{2} || 0.5
        \frac{1}{2} || \frac12
        \frac12 || {1 \over 2}
        \frac{3}{4} || \frac{\,3\,}{\,4\,}
        -\frac{1}{2} || \frac{-1}{2}
        -\frac{1}{2} || \frac{1}{-2}
        -\frac12 || -0.5
        \frac{-1}{1997} || -1/1997
        1,234 || 1234
        1{,}234 || 1234
        1,\!234 || 1234
        1\,234 || 1234
        1 234 || 1234
        1,234,567 || 1234567
        1,234,567.89 || 1234567.89
        100,200,300 || 100, 200, 300
        (100,200) || (100, 200)
        (312,123,231) || (312, 123, 231)
        \{100,200\} || 100, 200
        (1,000, 2,000) || (1000, 2000)
        .5 || 0.5
        1.2e3 || 1200
        1.2\times10^3 || 1200
        1.2 \cdot 10^{3} || 1200
        1200 || 1.2 x 10^3
        5\times 10^{-3} || 0.005
        3\frac12 || 3.5
        3 1/2 || 3.5
        3 1/2 || \frac72
        -1\frac{2}{3} || -\frac{5}{3}
        0.\overline{3} || \frac13
        0.\overline{142857} || \frac17
        0.333... || \frac13
        0.333\ldots || \frac13
        0.1\dot{6} || \frac16
        0.(3) || 1/3
        1/3 || 0.333333
        1/3 || 0.3333333333
        \sqrt{2} || 1.414214
        \sqrt{2} || 1.41421356
        2\pi || 6.283185
        \pi || 3.14159265
        50\% || 0.5
        50\% || \frac12
        50\% || 50 percent
        50\% || 50 || percent_sign_optional=true
        50 || 50\% || percent_sign_optional=true
        62.5% || 62.5\%
        17.5% || 0.175
        \$5 || 5
        \$5.00 || 5
        \$1,250 || 1250 dollars
        5 dollars || \$5
        5 \text{ cm} || 5
        5 \text{ cm} || 5cm
        5 \text{ cm} || 5 \mathrm{~cm}
        5 \text{ cm}^2 || 5 cm^2
        5 \text{ cm}^2 || 5\,\text{cm}^{2}
        5 || 5 \text{ square units}
        5 || 5 square centimeters
        5 || 5 units
        5 || 5 apples
        5 || 5 \text{ m/s}
        5 || 5 km/h
        5 || 5 \frac{\text{m}}{\text{s}}
        5 \text{ m} || 5m
        5 || 5 m^2
        5 \text{ m} || 500 \text{ cm}
        7 hours 30 minutes || 7 \text{ hours and } 30 \text{ minutes}
        7.5 \text{ hours} || 7 hours 30 minutes
        5 \text{ feet } 3 \text{ inches} || 5 feet 3 inches
        90^\circ || 90
        90^{\circ} || 90 degrees
        90 || 90^\circ
        \cos 60^\circ || \frac12
        \sin 30^{\circ} || 1/2
        \tan 45^\circ || 1
        204_5 || 204_{5}
        204_5 || 204 || base_subscript_optional=true
        204_5 || 54 || base_value_equivalence=true
        1A_{16} || 1A_{16}
        (204)_5 || 204_5
        204_{\text{five}} || 204_{\text{five}}
        2\sqrt{5} || 2*sqrt(5)
        2\sqrt{5} || sqrt(20)
        2\sqrt{5} || 2√5
        \sqrt[3]{8} || 2
        \sqrt{8} || 2\sqrt{2}
        \sqrt{2}/2 || 1/\sqrt{2}
        \sqrt{3+2\sqrt{2}} || 1+\sqrt{2}
        \sqrt[3]{2+\sqrt5}+\sqrt[3]{2-\sqrt5} || 1
        \frac{1}{\sqrt{2}-1} || \sqrt2+1
        \cos\frac{\pi}{5} || \frac{1+\sqrt5}{4}
        \ln 8 || 3\ln 2
        \log_2 8 || 3
        \log_{10} 1000 || 3
        \log 100 || 2
        \frac{\log 2}{\log 2-\log 3} || \frac{\ln 2}{\ln 2 - \ln 3}
        \frac{\log 2}{\log 2-\log 3} || \frac{\log 2}{\log(2/3)}
        e^{2\ln 3} || 9
        x^2+2x+1 || (x+1)^2
        (x+1)^2 || x^2 + 2x + 1
        \sqrt{ab} || \sqrt{a}\sqrt{b}
        \sqrt{x^2} || |x|
        \frac{a^2-b^2}{a-b} || a+b
        \frac{1}{x}+\frac1y || \frac{x+y}{xy}
        \sin(2x) || 2\sin x\cos x
        \sin 2x || 2 \sin(x) \cos(x)
        \tan x || \frac{\sin x}{\cos x}
        \cot x || \frac{1}{\tan x}
        \cot x || \frac{\cos x}{\sin x}
        \frac{1}{2n+2} || \frac{1}{2(n+1)}
        \frac{1}{2n+2} || 1/(2n+2)
        2^{1009} || 2^{1009}
        2^{1009} || 2\cdot 2^{1008}
        \binom{2n}{n} || \frac{(2n)!}{(n!)^2}
        \binom{2n}{n} || \frac{(2n)!}{n!n!}
        \frac{100!}{2^{50}} || \frac{100!}{2^{50}}
        \lceil n/2\rceil+1 || \lfloor (n+1)/2\rfloor+1
        m n-\lfloor m/2\rfloor || mn - \lfloor \frac{m}{2}\rfloor
        \frac{n(n+1)(2n+1)}{6} || \sum_{k=1}^n k^2
        55 || \sum_{k=1}^{10} k
        3628800 || \prod_{k=1}^{10} k
        5 || \gcd(10,15)
        \binom{10}{3} || 120
        (-1)^n || (-1)^{n+2}
        (n-2)2^n+1 || 2^{n+1}(n/2-1)+1
        10^{100} || 10^{100}
        x=5 || 5
        5 || x=5
        x = 5 || 5 = x
        5 || x = 2+3 = 5
        12 || m+n=12
        2x+z=1 || z = 1-2x
        2x+z=1 || 4x+2z=2
        2x+z=1 || -2x-z+1=0
        y=2x+3 || y=3+2x
        y=2x+3 || 2x+3
        y=2x+3 || 2x-y+3=0
        y=-2x || 2x+y=0
        5x - 7y + 11z + 4 = 0 || -5x+7y-11z-4=0
        5x - 7y + 11z + 4 = 0 || 10x-14y+22z=-8
        f(x)=x+1 || x+1
        f(x)=x+1 || f(x) = 1 + x
        x+1 || f(x)=x+1
        g(x)=x^2-2x+2 || (x-1)^2+1
        p(x)=\frac{(x-1)(x-2)}{6} || \frac{x^2-3x+2}{6}
        N(n)=\left\lfloor\frac{2 n}{3}\right\rfloor+1 || \lfloor 2n/3\rfloor+1
        m_{\max }=n^{2}-n-1 || n^2-n-1
        M=2^{N-2}+1 || 2^{N-2}+1
        f(x)=-1,f(x)=x+1 || f(x)=x+1, f(x)=-1
        f(x)=x,f(x)=2-x || f(x)=x \text{ or } f(x)=2-x
        f(x)=x,f(x)=2-x || x, 2-x
        k \geqslant 2 || k \ge 2
        k \geqslant 2 || [2,\infty)
        k \ge 2 || 2 \le k
        x>2 || (2, \infty)
        (2,\infty) || x>2 || relation_for_interval=true
        (2,\infty) || (2, +\infty)
        (2,\infty) || x \in (2,\infty)
        0<x<1 || (0,1)
        0<x<1 || x\in(0,1)
        0<x<1 || 1>x>0
        -1 \le 2x \le 3 || 3 \ge 2x \ge -1
        x<1 \text{ or } x>3 || (-\infty,1)\cup(3,\infty)
        (-\infty, 2) \cup (3, \infty) || (3,\infty)\cup(-\infty,2)
        (-\infty,2)\cup(2,\infty) || \mathbb{R}\setminus\{2\}
        x\ne 2 || (-\infty,2)\cup(2,\infty)
        (-\infty, 0) \cup\{1\} || \{1\}\cup(-\infty,0)
        (-\infty,\infty) || \mathbb{R}
        \mathbb{R} || (-\infty, \infty)
        [0,1]\cup[1,2] || [0,2]
        \left(\frac{3}{5},\frac{8}{3}\right] || (0.6, 8/3]
        x \in [-2,7] || [-2,7]
        x \in [-2,7] || x\in[-2,7]
        x \in [-2,7] || -2 \le x \le 7 || relation_for_interval=true
        ]2,3[ || (2,3)
        (3, \frac{\pi}{2}) || (3, \pi/2)
        (1,2) || \langle 1,2\rangle
        \begin{pmatrix}1\\2\end{pmatrix} || (1,2)
        (1,2) || \begin{pmatrix}1\\2\end{pmatrix}
        (1,2) || x=1, y=2
        (1,2) || x = 1 \text{ and } y = 2
        x=1, y=2 || (1,2)
        x=1, y=2 || y=2, x=1
        (x,y)=(1,2) || (1,2)
        (1,2) || (x,y) = (1,2)
        1,2 || 2,1
        1,2 || \{1,2\}
        \{1,2\} || 2, 1
        1,2 || 1 \text{ and } 2
        1 \text{ or } 2 || 2 or 1
        1,2 || x=1,2
        x=1,2 || 1 and 2
        x=1, x=2 || \{1, 2\}
        x_1=1, x_2=2 || 1, 2
        1,1,2 || 1,2
        1 \pm \sqrt{19} || 1+\sqrt{19}, 1-\sqrt{19}
        1 \pm \sqrt{19} || 1-\sqrt{19}, 1+\sqrt{19}
        x=1 \pm \sqrt{19} || x = 1 \pm \sqrt{19}
        1+\sqrt{19}, 1-\sqrt{19} || x=1 \pm \sqrt{19}
        \pm 3 || 3, -3
        \{1\pm\sqrt5,-2\} || -2, 1+\sqrt5, 1-\sqrt5
        B || Option B
        B || \boxed{B}
        \text{(C)} || C
        \text{(C)} || (C) 5
        \text{even} || even
        \text{even} || Even
        \text{even} || \text{Even}
        \text{no solution} || No solution
        \text{the ellipse} || ellipse
        \text{ellipse} || \text{an ellipse}
        \emptyset || \varnothing
        \emptyset || \{\}
        \infty || +\infty
        -\infty || -\infty
        7:32 || 14:64
        3:4 || 6:8
        3:4 || 3/4
        3:4 || \frac{3}{4}
        3/4 || 3:4
        1:2:3 || 2:4:6
        12:30 || 12:30
        6 - 5i || -5i+6
        i || \sqrt{-1}
        (1+i)^2 || 2i
        e^{i\pi/4} || \frac{\sqrt2}{2}+\frac{\sqrt2}{2}i
        \begin{pmatrix} -1/3 \\ 2/3 \\ 5/3 \end{pmatrix} || \frac13\begin{pmatrix}-1\\2\\5\end{pmatrix}
        \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix} || \left[\begin{array}{cc}1&2\\3&4\end{array}\right]
        \begin{pmatrix} 1 & 3 \\ 2 & 4 \end{pmatrix} || \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}^T
        x \equiv 3 \pmod{7} || x \equiv 10 \pmod 7
        9 || 9 \pmod{11}
        five || five
        5 || five || number_words=true
        25 || twenty-five || number_words=true
        \frac{\pi}{4}+k\pi || k\pi+\frac{\pi}{4}
        x=\frac{1}{6} \pi+\pi k, \frac{1}{3} \pi+\pi k || \frac{\pi}{6}+k\pi, \frac{\pi}{3}+k\pi
        2,-\log _{10} 250 || 2, -\log 250
        (4, \log _{10} 2) || (4, \log 2)
        10^{3},10 || 10, 1000
        -2,-2 || -2
        \frac{2}{7} \sqrt{53} || \frac{2\sqrt{53}}{7}
        \angle B E A_{1}=90,\angle A E B_{1}=90 || 90, 90
        -12;-11;-10 || -10, -11, -12
        5 || 5\,.
        5 || \(5\)
        5 || $5$
        5 || \[5\]
        5 || 5\\
        5 || \mathbf{5}
        5 || **5**
        5 || ５
        5 || x \approx 5
        \frac{1}{2} || ½
        x^2 || x²
        1.5 || 1,5 || decimal_comma=true
        [2,3[ || [2,3)
        (2,3] || ]2,3]
        [0,1) \cup (2,3] || [0,1[ \cup ]2,3]
        [1,2]\cup[3,4] || [3,4]\cup[1,2]
        \sqrt[3]{2} || 2^{1/3}
        [x]+1 || 1+[x]
        \frac{270}7\text{ degrees} || 270/7
        864 \mbox{ inches}^2 || 864
        15\mbox{ cm}^2 || 15 \text{ cm}^2
        5.4 \text{ cents} || 5.4
        \$18.90 || 18.9
        137 \frac{1}{2} || 137.5
        10,\!080 || 10080
        58,500 || 58500
        \frac{11+9a}{20} || \frac{9a+11}{20}
        \frac{11+9a}{20} || 0.55+0.45a
        6r^2-4r-24 || 2(3r^2-2r-12)
        3 \pm 2 \sqrt{2} || 3+2\sqrt2, 3-2\sqrt2
        x^8 + x^7 + 1 || 1+x^7+x^8
        (-\sqrt{3}, \sqrt{3}) || (-\sqrt{3},\sqrt{3})
        (2,12) \cup (12,102) || (12,102)\cup(2,12)
        8n^2 + 4n + 1 || 4n(2n+1)+1
        y = 2x + 3 || 2x + 3
        f(n) = 2 n+1007 || 2n + 1007
        2^{-2 / 3}, 8 || 8, 2^{-\frac23}
        2^{-2/3} || \frac{1}{\sqrt[3]{4}}
        \frac{d !}{2 k(d-k) !} || \frac{d!}{2k (d-k)!}
        d=\frac{1+\sqrt{1+8 n}}{2} || \frac{1+\sqrt{8n+1}}{2}
        62.5% || \frac{5}{8}
        18.8^{\circ} || 18.8
        (45^{\circ}, 60^{\circ}),(135^{\circ}, 60^{\circ}) || (135,60),(45,60)
        a=2, a=-6-4 \sqrt{2} || 2, -6-4\sqrt{2}
        \frac{1}{6} \pi, \frac{5}{6} \pi || \frac{\pi}{6}, \frac{5\pi}{6}
        -2,-1,1,2 || \pm 1, \pm 2
        1,-1,7,-7 || \{\pm1, \pm7\}
        221,8 || 221, 8
        10^{100},10^{1 / 100} || 10^{100}, \sqrt[100]{10}
        4^{\circ} || 4
        (-7,-1) || -7 < x < -1 || relation_for_interval=true
        (0,1,1),(0,-1,-1) || (0,-1,-1), (0,1,1)
        8 \% || 0.08
        8 \% || 8%
        \left\lfloor\log _{2} n\right\rfloor+1 || \lfloor \log_2 n \rfloor + 1
        k\left(4 k^{2}+k-1\right) / 2 || \frac{k(4k^2+k-1)}{2}
        \frac{4 \cdot 999^{4}}{27} || \frac{4}{27}\cdot 999^4
        \frac{\pi^{2}-9}{9} || \frac{\pi^2}{9}-1
        1024-256 \pi || 256(4-\pi)
        \frac{5 \pi}{4} \sqrt{17} || \frac{5\sqrt{17}\pi}{4}
        2RC+R+C || R + C + 2RC
        \quad(2+\sqrt{2}, 1+\sqrt{2}) || (2+\sqrt2, 1+\sqrt2)
        4 \pi^{2}-1 || (2\pi-1)(2\pi+1)
        \frac{2016}{2017^{2}} || 2016/2017^2
        (2, 251, 252) || (2,251,252)
        t(0,4] || t(0,4]
        p - q || -q+p
        \text{Navin} || Navin
        \frac{\sqrt{21}}{5} || \sqrt{21}/5
        \frac{\sqrt{21}}{5} || 0.2\sqrt{21}
        16 \sqrt{3} || 16√3
        11 \sqrt{5} + 11 || 11(1+\sqrt5)
        \cot x || \cot(x)
        x^5 - x^4 + x^3 - x^2 + x - 1 || (x-1)(x^4+x^2+1)
        5x - 7y + 11z + 4 = 0 || 5x-7y+11z=-4
        \frac{20000}{\pi} || 20000/\pi
        \frac{20000}{\pi} || 6366.197724
        x^3+3x-6 || x^3 + 3x - 6
        1+274i || 274i+1
        -2 + 7i || 7i-2
        (6,31,-1) || p=6, q=31, r=-1
        \left( 3, \frac{\pi}{2} \right) || r=3, \theta=\frac{\pi}{2}
        0.5 || 50\%
        \frac{1}{2} || 2^{-1}
        a^2b || b a^2
        \frac{x}{y} || x y^{-1}
        \frac{x}{y} || x/y
        xyz || zyx
        abc || cab
        x^{\frac{1}{2}} || \sqrt{x}
        \sqrt[n]{x} || x^{1/n}
        \log_a b || \frac{\ln b}{\ln a}
        |x-1| || |1-x|
        \max(a,b) || \max(b,a)
        \frac{\partial f}{\partial x} || \frac{\partial f}{\partial x}
        \int_0^1 x^2 dx || \int_{0}^{1} x^2\,dx
        x_1+x_2 || x_{1}+x_{2}
        a_n = 2^n || 2^n
        a_{n}=2n-1 || a_n = 2n - 1
        \alpha+\beta || \beta+\alpha
        \vec{a}+\vec{b} || \vec{b} + \vec{a}
        \overline{AB} || \overline{AB}
        \triangle ABC || \triangle ABC
        2\mathbf{i}+3\mathbf{j} || 3\mathbf{j}+2\mathbf{i}
        \{x | x>2\} || (2,\infty)
        \{x \mid x > 2\} || x>2
        \{x : 0<x<1\} || (0,1)
        \{x\in\mathbb{R} : x\neq 0\} || (-\infty,0)\cup(0,\infty)
        \{ 1, 2, 3 \} || \left\{3,2,1\right\}
        \mathbb{R}\setminus\{0\} || (-\infty,0)\cup(0,\infty)
        x<3 || x \in (-\infty, 3)
        x<3 || 3 > x
        -3<x || x>-3
        a<b<c || c>b>a
        x=1,y=2,z=3 || (1,2,3)
        x=1,y=2,z=3 || x=1, y=2, z=3
        (x,y,z)=(1,2,3) || x=1,y=2,z=3
        x = 3 \text{ and } y = 4 || (3,4)
        \begin{cases}x=1\\y=2\end{cases} || (1,2)
        1 || 0.999...
        \sqrt{2}^{\sqrt{2}^{2}} || 2
        \frac{x^3-1}{x-1} || x^2+x+1
        14916 || 14 {, }916
        14916 || 14\,916
        14916 || 14~916
        \begin{pmatrix}2 \\ 4\end{pmatrix} || 2\begin{pmatrix}1 \\ 2\end{pmatrix}
        \begin{pmatrix}1/5 \\ -18/5\end{pmatrix} || \begin{bmatrix} 0.2 \\ -3.6 \end{bmatrix}
        \begin{bmatrix} 1 & 2 \end{bmatrix} || (1, 2)
        16/3 || 5\frac{1}{3}
        16/3 || 5.333333
        3.5 || 7/2
        0.1\overline{6} || 1/6
        2.\overline{3} || 7/3
        0.\overline{36} || \frac{4}{11}
        0.3636\ldots || \frac{4}{11}
        12\% || 0.12
        12.5\% || \frac{1}{8}
        100\% || 1
        \frac{2}{3} || 66.666667\%
        $\frac{2}{3}$ || $2/3$
        10^{-3} || 0.001
        6.02 \times 10^{23} || 6.02e23
        6.02 \times 10^{23} || 602000000000000000000000
        3.0 \times 10^8 || 3 \times 10^8
        5! || 120
        \frac{10!}{8!} || 90
        C(5,2) || C(5,2)
        {5 \choose 2} || 10
        \binom52 || 10
        \dbinom{5}{2} || 10
        |{-3}| || 3
        \left|-3\right| || 3
        \lvert x\rvert || |x|
        \lfloor \pi \rfloor || 3
        \lceil \pi \rceil || 4
        \lfloor \sqrt{99} \rfloor || 9
        \lfloor \sqrt{100} \rfloor || 10
        \sin^{-1}(1) || \pi/2
        \arcsin(1) || \frac{\pi}{2}
        \arctan 1 || \pi/4
        \sin^2\theta || 1-\cos^2\theta
        \frac{1-\cos 2x}{2} || \sin^2 x
        \sec^2 x - 1 || \tan^2 x
        \cosh^2 x - \sinh^2 x || 1
        \frac{e^x-e^{-x}}{2} || \sinh x
        \ln(ab) || \ln a + \ln b
        \ln\frac{a}{b} || \ln a - \ln b
        \log_2(x^3) || 3\log_2 x
        e^{x+y} || e^x e^y
        a^{m+n} || a^m a^n
        (ab)^n || a^n b^n
        4^x || 2^{2x}
        8^{1/3} || 2
        (-8)^{1/3} || (-8)^{1/3}
        \sqrt[3]{-8} || -2
        \sqrt{-4} || 2i
        \frac{1}{i} || -i
        |3+4i| || 5
        \frac{1+i}{1-i} || i
        \operatorname{cis} \frac{\pi}{3} || \operatorname{cis} \frac{\pi}{3}
        2(\cos 60^\circ + i\sin 60^\circ) || 1+i\sqrt3
        x = 2 \text{ or } x = 3 || x=2,3
        x \in \{2,3\} || x=2 \text{ or } x=3
        x \in \{2,3\} || \{2,3\}
        x \in \{2,3\} || 2, 3
        \{(1,2),(3,4)\} || (3,4), (1,2)
        (1,2), (3,4) || \{(1,2),(3,4)\}
        (1,2) \text{ and } (3,4) || (3,4),(1,2)
        (a, b) = (3, 4) || a=3, b=4
        (a,b) || (a, b)
        A=(1,2), B=(3,4) || A(1,2), B(3,4)
        y-2=3(x-1) || y=3x-1
        y = 3x - 1 || y-2=3(x-1)
        \frac{x}{2}+\frac{y}{3}=1 || 3x+2y=6
        (x-1)^2+(y-2)^2=9 || x^2+y^2-2x-4y-4=0
        x^2+y^2=r^2 || r^2 = x^2+y^2
        xy=1 || yx = 1
        2x+3y<6 || 6>2x+3y
        2x+3y<6 || 4x+6y<12
        -x+2\ge 0 || x\le 2
        x \leq -3 \text{ or } x \geq 5 || (-\infty,-3]\cup[5,\infty)
        (-\infty,-3]\cup[5,\infty) || (-\infty,-3] \cup [5,+\infty)
        [1,3]\setminus\{2\} || [1,2)\cup(2,3]
        (0,1)\cap(0.5,2) || (\frac12, 1)
        5 \le x \le 7 || [5,7]
        a>0 || a \in (0,\infty)
        n \ge 3 || n\geq 3
        \text{Yes} || yes
        \text{True} || true
        \text{Friday} || Friday
        \text{10 cm} || 10
        10 \text{ cm} || \text{10 cm}
        \text{(A)} || A
        A || \text{A}
        A || \mathrm{A}
        A || (A).
        A || A) foo bar
        D || \boxed{\text{D}}
        \text{A, C} || A, C
        A, C || C, A
        A,C || A and C
        5:00 || 5:00
        2:3 || 2 : 3
        2:3 || \frac23
        12 \text{ inches} || 1 \text{ foot}
        1.5 \text{ hours} || 90 \text{ minutes}
        30 \text{ minutes} || 30 min
        72 \text{ mph} || 72 miles per hour
        72 || 72 miles per hour
        5\text{ square feet} || 5 ft^2
        5\text{ square feet} || 5 square feet
        5 \text{ ft}^2 || 5 square feet
        100^\circ\text{C} || 100
        20\text{ degrees} || 20^{\circ}
        6\sqrt{3} \text{ cm} || 6\sqrt3
        12\pi \text{ cm}^2 || 12\pi
        12\pi || 12\pi \text{ square units}
        12\pi || 12*pi
        12\pi || 12π
        x^{10} || x^10
        2^{10} || 2^10
        \frac{\sqrt{3}}{2} || sqrt(3)/2
        \frac{-1+\sqrt{5}}{2} || (-1+sqrt(5))/2
        \frac{-1+\sqrt{5}}{2} || (sqrt(5)-1)/2
        \frac{-1+\sqrt{5}}{2} || \frac{\sqrt{5}-1}{2}
        \frac{-1+\sqrt{5}}{2} || 0.618034
        -\frac{\pi}{6} || -pi/6
        \frac{1}{3000} || 0.000333333
        \frac{1}{3000} || 0.00033333333
        10^{-9} || 0.000000001
        \frac{\pi}{10^6} || 0.00000314159
        \frac{\pi}{10^6} || 3.14159265e-6
        -\frac{1}{3} || -0.333333
        \frac{2}{3} || .666667
        100\pi || 314.159265
        (\frac{1}{3}, \frac{2}{3}) || (0.333333, 0.666667)
        \left\{\frac{1}{3}, 2\right\} || \{2, 1/3\}
        \frac{1}{8} || 0.1250
        3.141593 || \pi
        0.5x || \frac{x}{2}
        0.25x^2 || \frac{x^2}{4}
        1.5n || \frac{3n}{2}
        n! || n(n-1)!
        (n+1)! || (n+1) n!
        \binom{n}{2} || \frac{n(n-1)}{2}
        \binom{n+2}{2} || \frac{(n+1)(n+2)}{2}
        \binom{n}{k} || \frac{n!}{k!(n-k)!}
        \binom{n}{k} || \binom{n}{n-k}
        \frac{n^2-1}{n+1} || n-1
        \lfloor n/2 \rfloor || \left\lfloor \frac{n}{2}\right\rfloor
        \frac{1}{1-x} || -\frac{1}{x-1}
        \frac{1}{\sqrt{x+1}+\sqrt{x}} || \sqrt{x+1}-\sqrt{x}
        \ln x^2 || 2\ln x
        \log_3 9x || 2+\log_3 x
        \frac{\ln 8}{\ln 2} || 3
        \tan\frac{\pi}{8} || \sqrt2-1
        \sin 15^\circ || \frac{\sqrt6-\sqrt2}{4}
        \sin\frac{\pi}{12} || \frac{\sqrt6-\sqrt2}{4}
        \cos 36^\circ || \frac{1+\sqrt5}{4}
        2\cos 20^\circ || 2 \cos\frac{\pi}{9}
        \arctan\frac12+\arctan\frac13 || \frac{\pi}{4}
        \sqrt{5+2\sqrt6} || \sqrt2+\sqrt3
        \sqrt[4]{16} || 2
        \sqrt[3]{54} || 3\sqrt[3]{2}
        \frac{6}{\sqrt[3]{2}} || 3\sqrt[3]{4}
        4^{3/2} || 8
        27^{-2/3} || \frac19
        (\sqrt2+1)^2 || 3+2\sqrt2
        \frac{1}{2+\sqrt3} || 2-\sqrt3
        \left(\frac{1+\sqrt5}{2}\right)^{10} || \frac{123+55\sqrt5}{2}
        e^{\frac{i\pi}{2}} || i
        \frac{1}{2}i || \frac{i}{2}
        3i+4 || 4+3i
        3+4i || 3 + 4 i
        |z|=1 || |z| = 1
        \overline{z} || \overline{z}
        \operatorname{Re}(z) || \operatorname{Re}(z)
        \sum_{n=1}^\infty \frac{1}{n^2} || \sum_{k=1}^\infty \frac{1}{k^2}
        \int_0^1 f(x)\,dx || \int_0^1 f(x) dx
        \lim_{x\to 0} f(x) || \lim_{x \to 0} f(x)
        \{2,4,6,\ldots\} || \{2,4,6,\dots\}
        1,2,\ldots,10 || 1, 2, ..., 10
        \frac{dy}{dx}=2x || \frac{dy}{dx} = 2x
        y' = 2x || y'=2x
        f'(x)=2x || 2x
        f^{-1}(x) = \frac{x-1}{2} || \frac{x-1}{2}
        f(x,y)=x+y || f(x,y) = y+x
        P(A)=\frac12 || \frac12
        P(A \cap B)=\frac16 || \frac{1}{6}
        \angle ABC = 60^\circ || 60^\circ
        \angle ABC = 60^\circ || 60
        AB = 5 || 5
        \triangle ABC = 12 || 12
        V = \frac{4}{3}\pi r^3 || \frac{4\pi r^3}{3}
        A = \pi r^2 || \pi r^2
        S_n = n^2 || n^2
        x^* = 3 || 3
        \hat{x} = 3 || 3
        \text{Area} = 12 || 12
        12 || \text{Area} = 12
        12 || \text{Area} = 12 \text{ cm}^2
        12 || The area is 12
        12 || \text{The answer is } 12
        12 || Answer: 12
        12 || = 12
        12 || 12 \checkmark
        5000000 || 5 \text{ million}
        5 \text{ million} || 5{,}000{,}000
        24 || 2 dozen
        x=1, x=-2 || x_1=1, x_2=-2
        (-1)^n || \cos(n\pi)
        i^n || i^{n+4}
        10 \text{ N·m} || 10\ \text{N}\cdot\text{m}
        10 || 10\ \text{N}\cdot\text{m}
        5 || 5 \, \text{m} \, \text{s}^{-1}
        x=5 || \{5\}
        x = 5 || x-5=0
        -5 || (-5)
        -5 || −5
        -5 || - 5
        -\frac{5}{2} || -2.5
        -\frac{5}{2} || -2\frac{1}{2}
        \frac{5}{2} || 5 \div 2
        \frac{5}{2} || \frac{5}{2} \text{ units}
        a+b || \text{a+b}
        \text{a+b} || b+a
        3,\,5,\,7 || 7, 5, 3
        y=x^2 || y = x^{2}
        (x-3)(x+2) || (x+2)(x-3)
        x(x+1)(x+2) || x^3+3x^2+2x
        a^{3}-b^{3} || (a-b)(a^2+ab+b^2)
        \frac{\pi r}{h+r} || \frac{r\pi}{r+h}
        2 \sin b \cos a || \sin(a+b)-\sin(a-b)
        \frac{1}{3x^{2/3}} || \frac{1}{3}x^{-2/3}
        \frac{x}{|x|} || \frac{|x|}{x}
        \det(A) || \det A
        |A|=5 || 5
        \begin{vmatrix}1&2\\3&4\end{vmatrix} || \begin{vmatrix}1&2\\3&4\end{vmatrix}
        -2 || \begin{vmatrix}1&2\\3&4\end{vmatrix}
        90^\circ,60^\circ || 60, 90
        100,\frac{1}{100} || 0.01, 100
        1.68,0.45 || 0.45, 1.68
        2400, 1350, 864 || 864, 1350, 2400
        2\sqrt{3} || 2 \sqrt 3
        2\sqrt{3} || 2\,\sqrt{3}
        2\sqrt{3} || \sqrt{12}
        2\sqrt{3} || \sqrt{3} \cdot 2
        2\sqrt{3} || 2\sqrt{3}\text{ units}
        2\sqrt{3} || 3.464102
        2\sqrt{3} || \frac{6}{\sqrt3}
        \frac{\sqrt{6}}{3} || \sqrt{\frac{2}{3}}
        \frac{7\sqrt{2}}{10} || 0.7\sqrt{2}
        10\% || \frac{1}{10}
        33\frac{1}{3}\% || \frac13
        33\frac{1}{3}\% || 33.333333\%
        \frac{1}{3} || 33\frac13\%
        -3,5 || 5, -3
        \{-3,5\} || x = -3 \text{ or } x = 5
        x=-3, 5 || x=5, x=-3
        (-3, 5) || (-3,5)
        [ -3, 5 ] || [-3,5]
        (-\infty, -3) \cup (5, \infty) || x<-3 \text{ or } x>5 || relation_for_interval=true
        x<-3 \text{ or } x>5 || x > 5 \text{ or } x<-3
        x<-3 or x>5 || x>5, x<-3
        -3<x<5 || x>-3 \text{ and } x<5
        x>-3 \text{ and } x<5 || -3<x<5
        y \le 2x+3 || 2x+3 \ge y
        y \le 2x+3 || 2x - y \ge -3
        x^2 < 4 || 4 > x^2
        |x|<2 || -2<x<2
        |x-3| \le 2 || |3-x|\le 2
        |x| > 2 || (-\infty,-2)\cup(2,\infty)
        (1, 2), (2, 1) || (x,y) = (1,2), (2,1)
        (1, 2), (2, 1) || (x,y)=(1,2) \text{ or } (x,y)=(2,1)
        (1,2),(2,1) || x=1,y=2; x=2,y=1
        (2,1) || m=2, n=1
        (1,2,3) || (1, 2, 3)
        (1,2,3) || [1,2,3]
        (1,2,3) || \langle 1, 2, 3 \rangle
        \begin{pmatrix} 1 \\ 2 \\ 3 \end{pmatrix} || \langle 1,2,3\rangle
        \frac{1}{7}\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix} || \begin{pmatrix} 1/7 & 2/7 \\ 3/7 & 4/7 \end{pmatrix}
        x+y+z=1 || z=1-x-y
        x^2 - y^2 = 1 || y^2 = x^2 - 1
        \frac{(x-1)^2}{4}+\frac{y^2}{9}=1 || 9(x-1)^2+4y^2=36
        y = \frac{1}{2}x - 3 || x-2y=6
        y = \frac{1}{2}x - 3 || y = 0.5x - 3
        r = 2\cos\theta || r=2\cos(\theta)
        y=\sin x || \sin x
        f(x) = \frac{1}{x} || \frac1x
        f(x)=2x || f(x)=x+x
        f(x)=2x \text{ for all } x || f(x)=2x
        f(n)=n || f(n) = n \text{ for all } n
        f(x)=ax+b || f(x)=b+ax
        a_n=3\cdot 2^{n-1} || 3 \cdot 2^{n-1}
        a_n=3\cdot 2^{n-1} || \frac{3}{2}\cdot 2^n
        3^{n+1} || 3\cdot3^n
        \frac{3^{n+1}-3}{2} || \frac{3(3^n-1)}{2}
        1-\left(\frac12\right)^n || 1-2^{-n}
        \frac{x^{n+1}-1}{x-1} || \frac{1-x^{n+1}}{1-x}
        n^2-n+1 || n(n-1)+1
        2^{n-1}(n+1) || (n+1)2^{n-1}
        \frac{n!}{(n-2)!} || n(n-1)
        (2n)! || (2n)!
        \frac{1}{n}\binom{2n-2}{n-1} || \frac{(2n-2)!}{n!(n-1)!}
        \frac{n^2}{4} || \left(\frac{n}{2}\right)^2
        \left\lfloor\frac{n^2}{4}\right\rfloor || \lfloor n/2\rfloor\lceil n/2\rceil
        \log_2 3 || \frac{\ln 3}{\ln 2}
        \log_2 3 || \frac{\log 3}{\log 2}
        \log_2 3 || 1.584963
        e^{\frac12} || \sqrt{e}
        e^{-1} || 1/e
        e^{-1} || \frac{1}{\mathrm{e}}
        \ln 2 || \ln(2)
        \ln 2 || -\ln\frac12
        \ln\sqrt{2} || \frac12\ln 2
        \frac{\pi^2}{6} || \pi^2/6
        2k\pi+\frac{\pi}{3} || \frac{\pi}{3}+2\pi k
        k\pi, k\in\mathbb{Z} || k\pi, k \in \mathbb{Z}
        x = k\pi, k\in\mathbb{Z} || x = k\pi \text{, } k \in \mathbb{Z}
        \{x \mid x \ne 3\} || x\ne3
        \mathbb{R} \setminus \{0, 1\} || (-\infty,0)\cup(0,1)\cup(1,\infty)
        \mathbb{Z} || \mathbb{Z}
        \mathbb{R} || \text{all real numbers}
        \text{all real numbers} || \mathbb{R}
        \text{all real numbers} || All real numbers
        (0,\infty) || \mathbb{R}^+
        \emptyset || \text{empty set}
        \text{None} || none
        \text{DNE} || DNE
        \text{undefined} || undefined
        \infty || \text{infinity}
        1:2 || 1 \text{ to } 2
        12\text{ cm} || 12 \text{cm}.
        3:45 || 3{:}45
        3:45 \text{ PM} || 3:45 \text{ p.m.}
        3:45 \text{ PM} || 3:45
        2^3 \cdot 3 || 24
        24 || 2^3 \cdot 3
        24 || 4!
        24 || 24.0
        24 || 24.
        24 || \frac{48}{2}
        24 || 24 \text{ ways}
        24 || \textbf{24}
        24 || \underline{24}
        24 || {24}
        24 || (24)
        24 || [24]
        24 || "24"
        24 || 24 (mod 100)
        24 || N = 24
        24 || |S| = 24
        24 || \#S = 24
        24 || n(A) = 24
        24 || f(3) = 24
        24 || f(3)=3^3-3=24
        24 || a_{10}=24
        24 || \text{Total} = 24
        |x-1|<3 || (-2,4)
        x>1, x<5 || (1,5)
        x \ge 2 \text{ and } x \le 4 || [2,4]
        2:3 || 2 to 3
        1/2 || {1}/{2}
        1/2 || \frac{1}{2}.
        1/2 || \tfrac{1}{2}
        1/2 || \cfrac{1}{2}
        1/2 || 0.50
        1/2 || .5
        1/2 || \frac{50}{100}
        1/2 || 5\times10^{-1}
        1/2 || 1 / 2
        1/2 || 1÷2
        \frac{a+b}{2} || \frac12(a+b)
        \frac{a+b}{2} || 0.5(a+b)
        \frac{a+b}{2} || (a+b)/2
        \frac{x}{2y} || \frac{x}{2 y}
        \frac{x}{2y} || x/(2y)
        x^{2y} || x^{2y}
        x^2y || x^{2}y
        \sin^2 x || (\sin x)^2
        \sin x^2 || \sin(x^2)
        \sqrt{x}y || y\sqrt{x}
        -x^2 || -(x^2)
        2x \cdot 3 || 6x
        2(3) || 6
        (2)(3) || 6
        2 \times 3 || 6
        2^{-1} || 0.5
        -2^{2} || -4
        |{-5}| || 5
        \left|{-5}\right| || 5
        3! + 2! || 8
        1{,}000{,}000 || 10^6
        1{,}000{,}000 || 1 million
        1{,}000{,}000 || 1,000,000
        10^6 || 1000000
        a_{n+1} || a_{n+1}
        \theta || θ
        3\theta || 3θ
        \phi || \varphi
        e^{i \theta} || \cos\theta+i\sin\theta
        \cos(-x) || \cos x
        \sin(-x) || -\sin x
        \sin(\pi - x) || \sin x
        \tan^{-1}\frac{1}{2} || \arctan\frac12
        \csc x || \frac{1}{\sin x}
        \log_{10} x || \log x
        \lg 100 || 2
        \exp(2x) || e^{2x}
        \sqrt[3]{x^2} || x^{2/3}
        \frac{x^2+x}{x} || x+1
        (a-b)^2 || (b-a)^2
        (a-b)(b-c)(c-a) || -(b-a)(b-c)(c-a)
        \frac{a}{b}+\frac{c}{d} || \frac{ad+bc}{bd}
        1+\frac{1}{1+\frac{1}{x}} || \frac{2x+1}{x+1}
        x^4-1 || (x-1)(x+1)(x^2+1)
        2.5 \text{ hours} || 2\frac12 \text{ hours}
        2.5 \text{ hours} || 150 minutes
        2.5 \text{ hours} || 2 hours 30 minutes
        150 \text{ minutes} || 2 hours and 30 minutes
        \$12.50 || 12 dollars and 50 cents
        25 \text{ cents} || \$0.25
        \text{Monday} || Monday
        \text{Monday} || monday.
        \text{Alice and Bob} || Bob and Alice
        \text{isosceles triangle} || an isosceles triangle
        \text{blue} || \textit{blue}
        \text{I and III} || I and III
        \text{A, B, and D} || A, B, D
        \text{A, B, and D} || A,B,D
        (A) || \textbf{A}
        C || \textbf{(C)}\ 12
        C || \textbf{(C) }12
        C || C. 12
        C || (C)\ 12
        \{a,b,c\} || \{c,b,a\}
        \{-1\} \cup [2,\infty) || [2,\infty) \cup \{-1\}
        [-1,1] || \left[-1, 1\right]
        [-1,1] || -1\le x\le 1 || relation_for_interval=true
        0 || 0.0
        0 || 0^\circ
        \{x : x>2\} || \{t : t>2\}
        a+b=5, ab=6 || ab=6, a+b=5
        x=2,y=3 || (x,y)=(2,3)
        \frac{1}{7} || 0.142857
        31/2 || 15.5
        \mathbb{Z} || \{k : k\in\mathbb{Z}\}
        \{2k : k\in\mathbb{Z}\} || \{2k \mid k \in \mathbb{Z}\}
        \{x \in \mathbb{R} : x > 2\} || (2,\infty)
        \sqrt{2^{3000}} || 2^{1500}
        \cosh 100 || \frac{e^{100}+e^{-100}}{2}
        |x-5| || |5-x|
        \sqrt{(x-5)^2} || |x-5|
        \max(x,10) || \max(10,x)
        \max(\pi,\pi+10^{-30}) || \pi+10^{-30}
        e^\pi>\pi^e || \pi^e<e^\pi
        2f(1)=3 || f(1)=\frac32
        f(0)>1 || 2f(0)>2
        g(2)\ne1 || 1\ne g(2)
        7\ne8 || 8\ne 7
        \frac{n(n+1)}{2} || \sum_{k=1}^{n} k
        \binom{n}{2} || \frac{n(n-1)}{2}
        \frac{n!}{(n-2)!} || n(n-1)
        \tanh x || \frac{e^{2x}-1}{e^{2x}+1}
        \arctan x+\arctan\frac1x || \arctan x+\arctan(1/x)
        \sin(\arccos x) || \sqrt{1-x^2}
        \lfloor\frac{n}{2}\rfloor || \frac{2n-1+(-1)^n}{4}
        \sum_{k=1}^{100}\sqrt{k} || \sum_{j=1}^{100}\sqrt{j}
        x<1 or x>2 || x>2 or x<1
        x<2 and x>1 || 1<x<2
        x<1 or x>2 || x<1, x>2
        5 || AB=5
        5 || |AB|=5
        \frac12 || \frac{AB}{CD}=\frac12
        5 || x+y=5
        345 || 100a+10b+c=345
        2x || 2x \text{ for all } x \in (0, 1)
        x+y || x+y \text{ for all } x, y
        5 || 5 \text{ for all } x > 0
        1 \pmod 5 || 1
        1 || 1 \pmod 5
        1 \pmod 5 || 6 \pmod 5
        1 \pmod 5 || x \equiv 1 \pmod 5
        x \equiv 1 \pmod 5 || x \equiv 6 \pmod 5
        5 cm || 5
        5\text{ cm} || 5 cm
        5 ml || 5 cm^3
        5 feet || 5 ft
        5\text{ km/h} || 5\text{ kph}
        20°C || 20
        3 AM || 3 am
        B || b
        A || (A) is right
        B || (B) Not enough information
        B || B. No solution
        5 || 5 pairs
        \emptyset || no solution
        \emptyset || No solutions
        \emptyset || \text{no real solutions}
        \ln|x|+C || \ln|x|+c
        \binom{n}{k} || \frac{n!}{k!(n-k)!}
        \sqrt{x^2+2x+1} || |x+1|
        \frac{1}{2}\ln(x^2+1)+C || \ln\sqrt{x^2+1}+C
        \frac{e^x-e^{-x}}{2} || \sinh x
        2^{n+1}-1 || 2\cdot 2^n-1
        \frac{3^{n+1}-1}{2} || \sum_{k=0}^{n}3^k
        \sqrt[3]{2+\sqrt5}+\sqrt[3]{2-\sqrt5} || 1
        \cos\frac{\pi}{7}\cos\frac{2\pi}{7}\cos\frac{4\pi}{7} || -\frac18
        16\arctan\frac15-4\arctan\frac1{239} || \pi
        \frac{(2n)!}{2^n n!} || \prod_{k=1}^{n}(2k-1)
        x^{a+b} || x^a x^b
        \log_2 x || \frac{\ln x}{\ln 2}
        7^{7^7} || 7^{823543}
        2^{40000} || 4^{20000}
        \frac{1}{(1-x)^{50}} || (1-x)^{-50}
        \sin^{20} x || (1-\cos^2 x)^{10}
        (x+y)^{12} || (x^2+2xy+y^2)^6
        e^{x^3} || (e^{x})^{x^2}
        \tan x || \frac{\sin 2x}{1+\cos 2x}
        \sqrt{a}\sqrt{b}+\sqrt{c} || \sqrt{c}+\sqrt{ab}
        \frac{\sqrt{x+1}-\sqrt{x}}{1} || \frac{1}{\sqrt{x+1}+\sqrt{x}}
        \frac{2}{\sqrt{\pi}} || 2\pi^{-1/2}
        \ln\frac{x+\sqrt{x^2-1}}{1} || \operatorname{arcosh} x
        \lceil\frac{n}{3}\rceil || \lfloor\frac{n+2}{3}\rfloor
        n - 10\lfloor n/10\rfloor || n \bmod 10
        \frac{\pi^2}{6} || \frac{2\pi^2}{12}
        x-3y+2=0 || 3y=x+2
        f(x)=f(0)e^{x} || f(0)e^x=f(x)
        F_{n+1}=F_n+F_{n-1} || F_{n-1}=F_{n+1}-F_n
        xy>1 || 1<xy
        2x+3y\le 6 || 6\ge 2x+3y
        \vec a\times\vec b || -\vec b\times\vec a
        2\vec a\times\vec b || -2\vec b\times\vec a
        10\text{ N} || 10 newtons
        5\text{ hours} || 5
        3\text{ PM} || 3 p.m.
        3:00\text{ PM} || 3:00 pm
        3:00 || 3:00 PM
        20^\circ\text{C} || 20^\circ C
        -5^\circ C || -5
        20^\circ C || 20 \text{ degrees Celsius}
        30^\circ || 30
        5\text{ square units} || 5
        5 || 5\text{ square units}
        5\text{ cm}^2 || 5\text{ square cm}
        5\text{ m} || 500\text{ cm}
        60\text{ km/h} || 60\text{ kilometers per hour}
        60\text{ mph} || 60\text{ miles per hour}
        60\text{ miles per hour} || 60\text{ mph}
        5\text{ units} || 5\text{ cm}
        \$5 || 5\text{ dollars}
        2\text{ pounds} || 2\text{ lb}
        C || C. 20 m/s
        A || (A) It is wrong to say so
        D || (D) None
        B || (B) is correct
        \frac{AB}{BC}=2 || 2
        2 || \frac{AB}{BC}=2
        5 || |AB|=5
        5 || |\vec a|=5
        5 || |z|=5
        \sqrt 2 || |z_1|=\sqrt 2
        5 || \frac{dy}{dx}=5
        2x || \frac{dy}{dx}=2x
        2x || y'=2x
        5 || P(A)=5
        5 || |S|=5
        5 || ab+cd=5
        \frac{x}{y}=5 || 5
        """;

    public const string Wrong = """
        \frac{1}{2} || -\frac{1}{2}
        1234 || 1,23,4
        32349 || 32, 349
        5\times 10^{-3} || 0.05
        3\frac12 || \frac32
        0.3 || 1/3
        0.33 || 1/3
        1/3 || 0.33333
        1/3 || 0.333334
        \sqrt{2} || 1.4142
        \sqrt{2} || 1.414213
        \pi || 3.14
        \pi || 22/7
        1000000 || 1000000.1
        50\% || 50
        50 || 50\%
        0.5 || 0.5\%
        \$5 || \$6
        5 dollars || 5 cents
        5 \text{ cm} || 5 \text{ m}
        7 || 7 hours 30 minutes
        5 \text{ feet } 3 \text{ inches} || 5 feet
        90^\circ || \frac{\pi}{2}
        \frac{\pi}{2} || 90
        \sin 30 || 1/2
        204_5 || 204_6
        204_5 || 204
        204_5 || 54
        54 || 204_5
        \sqrt{3+2\sqrt{2}} || 1-\sqrt{2}
        \cos\frac{\pi}{5} || \frac{1+\sqrt5}{5}
        \log 100 || 4.60517
        (x+1)^2 || x^2+1
        \sqrt{x^2} || x
        \cot x || \tan x
        2^{1009} || 2^{1008}
        \binom{2n}{n} || \binom{2n}{n+1}
        \lceil n/2\rceil+1 || \lfloor n/2\rfloor+1
        \frac{n(n+1)(2n+1)}{6} || \sum_{k=1}^n k^2 || allow_unevaluated=false
        (-1)^n || (-1)^{n+1}
        10^{100} || 10^{99}
        x=5 || y=5
        5 || 7 = 5
        2x+z=1 || 1
        1 || 2x+z=1
        2x+z=1 || 2x-z=1
        2x+z=1 || 2x+z=2
        y=2x+3 || y=3x+2
        f(x)=x+1 || f(y)=y+1
        f(x)=x+1 || f(x)=x-1
        f(x)=x,f(x)=2-x || f(x)=x
        k \ge 2 || k > 2
        k \ge 2 || k = 2
        k \ge 2 || 2
        (2,\infty) || x>2
        0<x<1 || 0\le x<1
        (-\infty, 2) \cup (3, \infty) || (-\infty,2]\cup(3,\infty)
        (-\infty, 2) \cup (3, \infty) || (-\infty, 3)
        [0,1) \cup (1,2] || [0,2]
        x \in [-2,7] || -2 \le x \le 7
        [-2,7] || (-2,7)
        (1,2) || (2,1)
        (1,2) || \{1,2\}
        (1,2) || 1
        x=1, y=2 || x=2, y=1
        1,2 || 1,2,3
        1,2,3 || 1,2
        1,1,2 || 1,2 || multiset=true
        1 \pm \sqrt{19} || 1+\sqrt{19}
        3 || \pm 3
        \pm 3 || 3
        5 || 4,5
        5 || 4 or 5
        5 || \{4,5\}
        5 || \text{4 or 5}
        5 || 5, 5.5
        B || A or B
        B || A, B, C
        B || (A) and (B)
        \text{(C)} || D
        \text{even} || not even
        \text{east} || west
        \infty || -\infty
        \infty || 1/0
        3:4 || 4:3
        1:2:3 || 3:2:1
        12:30 || 6:15
        6-5i || 6+5i
        \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix} || \begin{pmatrix} 1 & 3 \\ 2 & 4 \end{pmatrix}
        \begin{pmatrix}1\\2\end{pmatrix} || \begin{pmatrix}2\\1\end{pmatrix}
        x \equiv 3 \pmod{7} || x \equiv 4 \pmod 7
        5 || five
        1.5 || 1,5
        \frac{d !}{2 k(d-k) !} || \frac{d!}{k (d-k)!}
        4 \pi^{2}-1 || 4\pi^2+1
        \frac{20000}{\pi} || 6366.2
        abc || abd
        \frac13 || \int_0^1 x^2 dx || allow_unevaluated=false
        a<b<c || a<c<b
        2 || \sqrt{2}
        2 || -2
        2 || 2i
        2 || 2x
        2 || 22
        2 || 2.5
        2 || 2:1
        2 || (2,2)
        2 || 2 \text{ or more}
        2 || x>2
        2 || x \ge 2
        2 || \{2,3\}
        2 || [2,3]
        2 || two
        2 || x^2
        2 || x_2
        2 || a_2
        2 || 2_3
        2 || 2!+1
        2 || \text{not } 2
        2 || not 2
        2 || 2 \text{ or } 3
        2 || 1+2
        12 || 1 2
        12 || 1,2
        1,2 || 12
        x || y
        x+1 || x
        \sin x || \cos x
        \sin x || \sin y
        e || 2.718
        e^x || e^{-x}
        \pi || 180
        0 || \pi - 3.14159265358979
        0 || 10^{-50}
        1 || 1 + 10^{-60}
        1 || 0.999999
        1 || 0.9999999999
        \frac{1}{2^{100}} || 0
        2^{100} || 2^{100}+1
        100! || 101!
        e^{\pi\sqrt{163}} || 262537412640768744
        \frac{x^3-1}{x-1} || x^2-x+1
        16/3 || 5.33
        16/3 || 51/3
        0.36 || \frac{4}{11}
        12\% || 1.2
        \lfloor \sqrt{99} \rfloor || 10
        a^{m+n} || a^{mn}
        (1,2), (3,4) || (2,1), (4,3)
        (1,2), (3,4) || (1,2)
        (1,2), (3,4) || (1,2,3,4)
        (x-1)^2+(y-2)^2=9 || (x-1)^2+(y-2)^2=3
        x^2+y^2=r^2 || x^2-y^2=r^2
        xy=1 || x+y=1
        2x+3y<6 || 2x+3y>6
        2x+3y<6 || 2x+3y\le6
        (-\infty,-3]\cup[5,\infty) || [-3,5]
        (-\infty,-3]\cup[5,\infty) || (-\infty,-3]
        n\ge 3 || n>2
        \text{Yes} || No
        \text{Yes} || \text{Yes and no}
        \text{Friday} || Thursday
        A || A) foo or B) bar
        A || AB
        A,C || A
        5:00 || 5:30
        2:3 || 2.3
        1.5 \text{ hours} || 90 \text{ hours}
        90 || 1.5 hours
        1.41 || \frac{1}{2006!}
        \frac{1}{2006!} || 1.41
        \frac{1}{3000} || 0.00033333
        \frac{1}{3000} || 0.000333
        \frac{\pi}{10^6} || 0.000003
        -\frac{1}{3} || 0.333333
        \frac{2}{3} || .666666
        100\pi || 314.16
        100\pi || 314
        \frac{100}{3} || 33
        (\frac{1}{3}, \frac{2}{3}) || (0.33, 0.67)
        1 || 1.0000001
        \frac{1}{8} || 0.1250001
        0.125 || \frac{1}{7}
        3.14159 || \pi
        \sqrt{3} || 1.73
        x || 1x+0.0001
        5 || five or six
        5 || -5
        -5 || 5
        |x| || x
        2^{n} || 2n
        n^2 || 2^n
        n^2 || n(n+1)
        n! || n^n
        n! || (n-1)!
        \binom{n}{2} || \frac{n(n+1)}{2}
        \binom{n}{k} || \binom{n}{k+1}
        \frac{1}{\sqrt{x+1}+\sqrt{x}} || \sqrt{x+1}+\sqrt{x}
        \left(\frac{1+\sqrt5}{2}\right)^{10} || 123
        \left(\frac{1+\sqrt5}{2}\right)^{100} || 792070839848372253127
        3i+4 || 3+4i
        \sum_{n=1}^\infty \frac{1}{n^2} || \sum_{k=1}^\infty \frac{1}{k^3}
        \sum_{n=1}^\infty \frac{1}{n^2} || \sum_{k=2}^\infty \frac{1}{k^2}
        \int_0^1 f(x)\,dx || \int_0^2 f(x) dx
        5 || 5 million
        3 || 3 quarters
        5 || 5 squared
        5 || 5 \text{ factorial}
        x=1, x=-2 || x=1, y=-2
        32,349 || 32, 349
        (-1)^n x || (-1)^n |x|
        5 || \text{less than } 5
        5 || at least 5
        5 || 5 \text{ at most}
        5 || \text{minus } 5
        5 || \neg 5
        5 || 5 \neq 6
        5 || 5 < 6
        5 || 5x=25
        5 || x^2=5
        5 || [5]5
        5 || 5 5
        5 || 5 6
        5 || 5; 6
        5 || 5 \\ 6
        5 || 5 & 6
        5 || (5, )6
        5 || f(5)
        5 || 5'
        5 || 5_5
        5 || 0.5e1x
        5 || \frac{5}{0}
        5 || \text{5 or 6}
        5 || \text{between 4 and 6}
        5 || 5 \to 6
        5 || \{x : x = 5 \text{ or } x = 6\}
        x^2=25 || x=5
        x(x+1)(x+2) || x^3+3x^2+3x
        -3<x<5 || x>-3 \text{ or } x<5
        -3<x<5 || -3<x\le5
        (1,2,3) || (1,2)
        (1,2,3) || 1
        (1,2,3) || (1,2,3,4)
        (1,2,3) || (3,2,1)
        \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix} || \begin{pmatrix} 1 \\ 2 \\ 3 \\ 4 \end{pmatrix}
        \frac{(x-1)^2}{4}+\frac{y^2}{9}=1 || 9(x-1)^2+4y^2=1
        (2n)! || 2n!
        x = k\pi, k\in\mathbb{Z} || x = 2k\pi, k \in \mathbb{Z}
        \mathbb{Z} || \mathbb{R}
        \emptyset || 0
        \emptyset || \{0\}
        0 || \emptyset
        3:45 \text{ PM} || 3:45 \text{ AM}
        |x| > 2 || (2,\infty)
        |x| > 2 || x>2
        |x| < 2 || x<2
        |x|\le 2 || (-2,2)
        x>1, x<5 || x>1
        2:3 || 2 to 4
        0.42 || 42
        1/2 || 12
        1/2 || 1,2
        1/2 || 2
        1/2 || 1:3
        1/2 || \frac{1}{2}x
        1/2 || \frac{1}{3}
        \frac{a+b}{2} || a+b/2
        \frac{x}{2y} || x/2y
        x^{2y} || x^2y
        \sin^2 x || \sin x^2
        \sqrt{xy} || \sqrt{x}y
        -x^2 || (-x)^2
        10^6 || 10^5
        10^6 || 106
        2^{10} || 210
        x_1 || x
        x_1 || x_2
        a_n || a_{n+1}
        a_{n+1} || a_{n}+1
        \alpha || a
        \pi || p
        \sin(\pi + x) || \sin x
        \tan^{-1} x || \cot x
        \log_{10} x || \ln x
        (a-b)^3 || (b-a)^3
        \frac{a}{b}+\frac{c}{d} || \frac{a+c}{b+d}
        2.5 \text{ hours} || 2 hours 5 minutes
        30 || 2 hours 30 minutes
        2 || 2 hours and 30 minutes
        30 || 7 hours and 30 minutes
        \text{Monday} || Sunday
        \text{Monday} || \text{Monday or Tuesday}
        \text{Monday} || Monday, Tuesday
        \text{Alice and Bob} || Alice
        \text{isosceles triangle} || triangle
        \text{triangle} || isosceles triangle
        \text{blue} || b
        \text{A, B, and D} || A,B
        C || \textbf{(D)}\ 12
        C || A, C
        C || c d
        C || 12
        \{a,b,c\} || \{a,b\}
        \{-1\} \cup [2,\infty) || [2,\infty)
        [-1,1] || -1\le x\le 1
        [-1,1] || \{-1,1\}
        [-1,1] || -1,1
        \{-1,1\} || [-1,1]
        (-1,1) || [-1,1]
        (1,-1) || (-1,1)
        1,-1 || (-1,1)
        x>2 || k>2
        x \in (2,3) || 2<t<3 || relation_for_interval=true
        x=2, x=-3 || x=2, xm=-3
        0.5 || 0.51
        0.333333 || 0.3333333
        \frac{1}{7} || 0.142856
        \frac{22}{7} || 3.14
        10 || 10.0000001
        -\frac{1}{2} || \frac{1}{2}
        x^2-1 || x^2+1
        (x-1)^2 || (x+1)^2
        \frac{1}{x} || x
        \sqrt{x} || x^2
        \frac{a}{b+c} || \frac{a}{b}+\frac{a}{c}
        (a+b)^2 || a^2+b^2
        \sqrt{a+b} || \sqrt{a}+\sqrt{b}
        \sin(a+b) || \sin a+\sin b
        \log(a+b) || \log a + \log b
        e^{a+b} || e^a+e^b
        2^{3n} || 8n
        [1,2] || (1,2)
        [1,2] || 1,2
        \{1,2\} || [1,2]
        (1,2) || [1,2)
        [2,5] || [2,5]\cup[6,7]
        (-\infty,5) || (5,\infty)
        x<5 || x>5
        x<5 || x\le5
        x\ne5 || x=5
        x=5 || x\ne5
        x=5 || x>5
        y=2x || x=2y
        y=2x+1 || 2x-1
        x+y=1 || x+y=2
        x^2+y^2=1 || 1
        3 || x=3 \text{ or } x=-3
        -3 || \pm3
        3 || |3-6|+1
        60 || 60\%
        0.6 || 60
        60^\circ || 30^\circ
        60^\circ || 60\pi
        101_2 || 5
        101_2 || 101_3
        101_2 || 110_2
        \text{Tom} || \text{Tim}
        \text{Tom} || Tom's brother
        \text{12 apples} || 13 apples
        A || B
        (A) || (B)
        A || (A)(B)
        \text{A} || \text{AB}
        AB || BA.C
        \begin{pmatrix}1\\2\end{pmatrix} || \begin{pmatrix}1\\3\end{pmatrix}
        \begin{pmatrix}1&0\\0&1\end{pmatrix} || 1
        i || -i
        1+i || 1-i
        2i || 2
        \infty || 10^{100}
        1:2 || 2:1
        1:2 || 1:3
        1,2,3 || 1,2,4
        1,2,3 || 1,2,3,3.5
        (1,2),(3,4) || (1,4),(3,2)
        1,000 || 1
        1,000 || 100
        1,000 || 1.000
        3\frac{1}{2} || 31/2
        3\frac{1}{2} || \frac{31}{2}
        3\frac{1}{2} || 3\cdot\frac{1}{2}
        0.\overline{3} || 0.3
        0.\overline{3} || 0.33333
        0.\overline{12} || 0.12
        0.1\overline{6} || 0.\overline{16}
        2^{99} || 2^{98}
        \frac{1}{2^{200}} || \frac{1}{2^{201}}
        \sqrt{2}+10^{-30} || \sqrt{2}
        \sqrt{2} || \frac{665857}{470832}
        \pi || \frac{355}{113}
        \sum_{k=1}^{10} k || \sum_{k=1}^{9} k
        \sum_{k=1}^{n} k || \sum_{k=1}^{n} k^2
        \binom{n}{2} || \binom{n}{3}
        n! || (n+1)!
        5! || 5
        f(x)=x || f(x)=2x
        f(x)=x || g(x)=x
        f(x)=x, f(x)=2x || f(x)=x
        5\text{ km} || 5\text{ m}
        5\text{ hours} || 5\text{ minutes}
        12:30 || 12:03
        x \equiv 1 \pmod 3 || x \equiv 1 \pmod 4
        x \equiv 1 \pmod 3 || 1
        \emptyset || \{\emptyset\}
        \mathbb{R} || \mathbb{Q}
        \mathbb{R}\setminus\{0\} || \mathbb{R}
        k\pi || 2k\pi
        \frac{\pi}{4}+k\pi || \frac{\pi}{4}+2k\pi
        a_1 || a_2
        \vec{a} || \vec{b}
        \overline{AB} || \overline{AC}
        \angle A=30 || \angle B=30
        AB=5 || AC=5
        m=1,n=2 || m=2,n=1
        \text{even} || even or odd
        \text{increasing} || decreasing
        \text{no} || yes
        \text{infinitely many} || many
        \mathbb{Z} || \{2k : k\in\mathbb{Z}\}
        (2,\infty) || \{x^2 : x>2\}
        \{x^2 : x > 2\} || \{x : x > 2\}
        \{2k : k\in\mathbb{Z}\} || \{3k : k\in\mathbb{Z}\}
        \{2,4,6,\ldots\} || \{2,4,8,\ldots\}
        \{x : x > a\} || \{x : x > b\}
        \{x \in \mathbb{Z} : x > 2\} || (2,\infty)
        2^{40000}-1 || 2^{40000}
        \frac{10^{10000}-1}{9} || \frac{10^{10000}}{9}
        3^{30000}+2 || 3^{30000}+1
        3000! || 3000!+1
        7^{7^7} || 7^{7^7}+\pi
        e^{2023}-1 || e^{2023}
        \ln(e^{2023}+1) || 2023
        \sqrt{10^{80}+1} || 10^{40}
        \sqrt{2^{3000}+1} || 2^{1500}
        (2+\sqrt3)^{200} || (2+\sqrt3)^{200}+(2-\sqrt3)^{200}
        \pi || \pi+10^{-80}
        \cosh 100 || \sinh 100
        \tanh 100 || 1
        \arctan 10^{80} || \pi/2
        e || \sum_{k=0}^{70}\frac1{k!}
        x+e^{-200} || x
        x+e^{-2000} || x
        \cosh 3000 || \sinh 3000
        |x-5| || 5-x
        \sqrt{(x-5)^2} || 5-x
        \max(x,10) || 10
        \lfloor n/100\rfloor || 0
        \binom n{50} || 0
        n || n \bmod 100
        n || \min(n,1000)
        n^2 || n^2+\lfloor n/50\rfloor
        a || |a|
        s || |s|
        12a || 12|a|
        |x|+k || x+k
        f(2)+f(3)=7 || f(2)+f(3)=8
        f(1)+f(2)=0 || f(1)-f(2)=0
        2f(1)=3 || 2f(1)=4
        f(0)>1 || f(0)>2
        g(2)\ne1 || g(2)\ne2
        e^\pi>\pi^e || \pi>e
        \log_2 3>\log_3 4 || 3>2
        2^{30}<3^{20} || 1<2
        7\ne8 || 1\ne2
        \sin(\pi x) || 0\cdot x!
        \cos(2\pi x) || \frac{x!}{x!}
        \max(\pi,\pi+10^{-30}) || \pi
        x<1\text{ or }x>2 || x<1\text{ and }x>2
        x<1 or x>2 || x<1 and x>2
        x<2 and x>1 || x<2 or x>1
        x<1 and x>2 || x<1 or x>2
        5 || 10x=5
        5 || 100x=5
        5 || |x|=5
        5 || x/y=5
        5 || xy=5
        5 || \frac{x}{y}=5
        5 || 5 \text{ for all } x, 6
        5 || 5 \text{ for any } x \text{ or } 6
        5 || 5 \text{ for all } x; 6
        5 || 5 \text{ for every } x \text{ and } 6
        1 \pmod 5 || 1 \pmod 7
        x \equiv 1 \pmod 5 || 1 \pmod 7
        1 \pmod 5 || 2 \pmod 5
        1 \pmod 5 || x \equiv 1 \pmod 7
        1 \text{ radian} || 57 \text{ degrees}
        57^\circ || 1 \text{ rad}
        5 cm || 5 kg
        5\text{ cm}^2 || 5\text{ cm}^3
        5 feet || 5 square feet
        60 mph || 60 km/h
        3 AM || 3 PM
        3:00 AM || 3:00 PM
        20°C || 20°F
        5 N || 5 S
        3 || 3 score
        12 || 12 below zero
        1/2 || 1/2 negative
        A || (A) is wrong
        A || A. not B
        A || A: no, it is B
        A || (A)B
        E || e
        D || D.C.
        \vec a\times\vec b || \vec b\times\vec a
        ec a\times\vec b || \vec a\cdot\vec b
        x=y || |x|=|y|
        x || \sqrt{x^2}
        \frac{x}{|x|} || 1
        x^2+10^{-90}=0 || x^2=0
        \{5\} || \{5, 5+10^{-70}\}
        x^y || x^{|y|}
        \lfloor x\rfloor || x
        e^{-x^2} || 0
        e^{-n^2} || 0
        2^{-n} || 2^{-n}+10^{-300}
        \sin x || \sin x + e^{-1000}
        7^{7^7} || 7^{7^7}+1
        10^{100}! || 10^{100}!+1
        \frac{1}{10^{5000}} || 0
        \frac{1}{2^{40000}} || 0
        \frac{1}{2^{40000}} || \frac{1}{2^{40001}}
        \gcd(n,1000) || \gcd(n,10)
        a=b || a=-b
        a<b || |a|<|b|
        5 mph || 5 m/s
        5\text{ km/h} || 5\text{ miles per hour}
        5\text{ west} || 5\text{ east}
        10^\circ F || 10^\circ C
        5\text{ dollars} || 5\text{ euro}
        A || \text{(A) is incorrect}
        5 || ab=5
        5 || 2x=5
        """;
}
