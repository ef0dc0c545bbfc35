namespace MAFlow.Scoring.Flows;

/// <summary>An explicit Runge-Kutta method: Zᵢ = y + ε Σ_{j&lt;i} Aᵢⱼ kⱼ, y⁺ = y + ε Σ bᵢ kᵢ.</summary>
internal sealed class ButcherTableau
{
    private const double Tolerance = 1e-12;
    private const int MaxStages = 64;
    private const string Kind = "explicit-runge-kutta";

    private ButcherTableau(double[][] a, double[] b)
    {
        var stages = Enumerable.Range(0, b.Length);
        Weights = b;
        Rows = [.. a.Select(row => NotZero(row.Select((weight, stage) => new Term(stage, weight))))];
        Sum = NotZero(b.Select((weight, stage) => new Term(stage, weight)));
        Columns = [.. stages.Select(i => NotZero(
            stages.Skip(i + 1).Select(later => new Term(later, a[later][i])).Prepend(new Term(b.Length, b[i]))))];
        All = [.. stages.Append(b.Length).Select(stage => new Term(stage, 1))];
    }

    /// <summary>Number of stages.</summary>
    public int Stages => Weights.Length;

    /// <summary>b.</summary>
    public double[] Weights { get; }

    /// <summary>For each stage what it is made of: earlier stages with their entries of A.</summary>
    public Term[][] Rows { get; }

    /// <summary>What a step is made of: stages with their weights b.</summary>
    public Term[] Sum { get; }

    /// <summary>For each stage what depends on it: later stages with their entries of A, and the state behind the step, which counts as
    /// one more stage, with the weight b.</summary>
    public Term[][] Columns { get; }

    /// <summary>Every stage and the state behind the step with the weight 1.</summary>
    public Term[] All { get; }

    /// <summary>The method of a flow's options.</summary>
    /// <exception cref="NotSupportedException">It is no explicit Runge-Kutta method.</exception>
    /// <exception cref="FormatException">The coefficients are none of such a method, or the name is unknown.</exception>
    public static ButcherTableau Restore(StoredComponent flow)
    {
        if (flow.Find("integrator") is null)
        {
            return ByName(flow.Text("tableau"));
        }

        var kind = flow.Text("integrator");
        var stored = flow.Inside("integrator.", kind, flow.Find("integratorOptions") ?? default);
        return kind == Kind ? Checked(stored.Rows("a"), stored.Numbers("b")) : throw Unknown.Kind("integrator", kind, Kind);
    }

    private static ButcherTableau ByName(string name) => name switch
    {
        "euler" => new([[]], [1]),
        "midpoint" => new([[], [0.5]], [0, 1]),
        "heun" => new([[], [1]], [0.5, 0.5]),
        "rk4" => new([[], [0.5], [0, 0.5], [0, 0, 1]], [1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6]),
        "three-eighths" => new([[], [1.0 / 3], [-1.0 / 3, 1], [1, -1, 1]], [1.0 / 8, 3.0 / 8, 3.0 / 8, 1.0 / 8]),
        "dormand-prince-5" => new(
            [
                [],
                [1.0 / 5],
                [3.0 / 40, 9.0 / 40],
                [44.0 / 45, -56.0 / 15, 32.0 / 9],
                [19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729],
                [9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656],
            ],
            [35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84]),
        _ => throw new FormatException(
            $"Expected the name of a built-in Runge-Kutta method, got '{Unknown.Excerpt(name)}'; the file is damaged."),
    };

    private static ButcherTableau Checked(double[][] a, double[] b) =>
        b.Length is > 0 and <= MaxStages && a.Length == b.Length && !a.Where((row, stage) => row.Length != stage).Any()
            && Math.Abs(b.Sum() - 1) < Tolerance
            ? new(a, b)
            : throw new FormatException(
                $"Expected 1 to {MaxStages} stages, each of which sees the earlier ones, and weights that sum to 1; the file is damaged.");

    private static Term[] NotZero(IEnumerable<Term> terms) => [.. terms.Where(term => term.Weight != 0)];
}
