using System.Collections.Immutable;

namespace MAFlow.Torch.Integrators;

/// <summary>An explicit Runge-Kutta method as data: Zᵢ = x + ε Σ_{j&lt;i} Aᵢⱼ kⱼ, x⁺ = x + ε Σ bᵢ kᵢ, stage times t + cᵢ ε.</summary>
/// <remarks>Every instance is validated: A strictly lower triangular, Σⱼ Aᵢⱼ = cᵢ, Σ bᵢ = 1. Coefficients: Hairer, Nørsett, Wanner, Solving
/// Ordinary Differential Equations I, chapter II.</remarks>
public sealed class ButcherTableau
{
    private const double Tolerance = 1e-12;
    private const int MaxStoredStages = 64;
    private readonly Lazy<TableauScalars> _scalars;

    /// <summary>Creates and validates a tableau.</summary>
    /// <param name="name">Name used in messages and files.</param>
    /// <param name="order">Order of convergence of the weights <paramref name="b"/>.</param>
    /// <param name="a">Rows of A below the diagonal; row i has i entries, the first row none.</param>
    /// <param name="b">Weights, one per stage.</param>
    /// <exception cref="ArgumentException">The shapes disagree, or the weights do not sum to 1.</exception>
    public ButcherTableau(string name, int order, double[][] a, double[] b)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        TensorChecks.RequireAtLeast(order, 1);
        if (a.Length != b.Length || b.Length == 0)
        {
            throw new ArgumentException(
                $"Tableau '{name}': expected one row of A per weight in b, got {a.Length} rows and {b.Length} weights.",
                nameof(a));
        }

        for (var stage = 0; stage < a.Length; stage++)
        {
            if (a[stage].Length != stage)
            {
                throw new ArgumentException(
                    $"Tableau '{name}': expected row {stage} of A to have {stage} entries "
                    + $"(an explicit method sees earlier stages only), got {a[stage].Length}.", nameof(a));
            }
        }

        if (!(Math.Abs(b.Sum() - 1) < Tolerance) || a.Any(row => !row.All(double.IsFinite)))
        {
            throw new ArgumentException(
                $"Tableau '{name}': expected finite coefficients and weights that sum to 1, got a sum of {b.Sum():R}.",
                nameof(b));
        }

        Name = name;
        Order = order;
        A = [.. a.Select(row => row.ToImmutableArray())];
        B = [.. b];
        C = [.. a.Select(row => row.Sum())];
        _scalars = new(() => new TableauScalars(this));
    }

    /// <summary>Euler's method, order 1.</summary>
    internal static ButcherTableau Euler { get; } = new("euler", 1, [[]], [1]);

    /// <summary>The explicit midpoint rule, order 2.</summary>
    internal static ButcherTableau Midpoint { get; } = new("midpoint", 2, [[], [0.5]], [0, 1]);

    /// <summary>Heun's method (explicit trapezoidal rule), order 2.</summary>
    public static ButcherTableau Heun { get; } = new("heun", 2, [[], [1]], [0.5, 0.5]);

    /// <summary>The classic fourth-order method of Kutta (1901): the paper's integrator.</summary>
    public static ButcherTableau RungeKutta4 { get; } =
        new("rk4", 4, [[], [0.5], [0, 0.5], [0, 0, 1]], [1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6]);

    /// <summary>Kutta's 3/8 rule, order 4.</summary>
    internal static ButcherTableau ThreeEighths { get; } =
        new("three-eighths", 4, [[], [1.0 / 3], [-1.0 / 3, 1], [1, -1, 1]], [1.0 / 8, 3.0 / 8, 3.0 / 8, 1.0 / 8]);

    /// <summary>The fifth-order weights of Dormand and Prince (1980); six stages, since the seventh only serves an error
    /// estimate.</summary>
    public static ButcherTableau DormandPrince5 { get; } = new(
        "dormand-prince-5",
        5,
        [
            [],
            [1.0 / 5],
            [3.0 / 40, 9.0 / 40],
            [44.0 / 45, -56.0 / 15, 32.0 / 9],
            [19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729],
            [9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656],
        ],
        [35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84]);

    /// <summary>All built-in methods, in order of accuracy.</summary>
    internal static IReadOnlyList<ButcherTableau> All { get; } = [Euler, Midpoint, Heun, RungeKutta4, ThreeEighths, DormandPrince5];

    /// <summary>Name used in messages and files.</summary>
    internal string Name { get; }

    /// <summary>Order of convergence p: the error of a solve is O(ε^p).</summary>
    internal int Order { get; }

    /// <summary>Number of stages, each one evaluation of ∇φ and ∇²φ.</summary>
    internal int Stages => B.Length;

    /// <summary>Strictly lower triangular coefficients A.</summary>
    internal ImmutableArray<ImmutableArray<double>> A { get; }

    /// <summary>Weights b.</summary>
    internal ImmutableArray<double> B { get; }

    /// <summary>Stage times c, in units of the step.</summary>
    internal ImmutableArray<double> C { get; }

    /// <summary>Finds a built-in method by the name that flow files carry.</summary>
    /// <exception cref="ArgumentException">No method has that name.</exception>
    internal static ButcherTableau ByName(string name) => All.FirstOrDefault(tableau => tableau.Name == name)
        ?? throw new ArgumentException(
            $"Expected one of {string.Join(", ", All.Select(tableau => tableau.Name))}, got '{name}'.",
            nameof(name));

    /// <summary>The coefficients as torch scalars, made once: a scalar made per operation would wait for the garbage collector with its
    /// native memory.</summary>
    internal TableauScalars Scalars => _scalars.Value;

    /// <summary>Whether a later stage of the same step reads the increment of stage <paramref name="stage"/>.</summary>
    internal bool IsReadLater(int stage) => A.Skip(stage + 1).Any(row => row[stage] != 0);

    internal StoredComponent Store(string kind) => new StoredComponent(kind)
        .With("name", Name)
        .With("order", Order)
        .With("a", A.Select(row => row.ToArray()).ToArray())
        .With("b", B.ToArray());

    internal static ButcherTableau Restore(StoredComponent stored)
    {
        var weights = stored.Option<double[]>("b");
        return weights.Length <= MaxStoredStages
            ? new(stored.Option<string>("name"), stored.Option<int>("order"), stored.Option<double[][]>("a"), weights)
            : throw new FormatException(
                $"Expected at most {MaxStoredStages} stages in the stored tableau, got {weights.Length}; the file is damaged.");
    }
}
