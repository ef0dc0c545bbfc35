using MAFlow.Scoring.Numerics;

namespace MAFlow.Torch.Potentials.Ridge.Factored;

/// <summary>An explicit Runge-Kutta method over one piece of time, as the sums of stages that a factored solve forms.</summary>
internal sealed class FactoredMethod
{
    /// <param name="tableau">The method.</param>
    /// <param name="grid">Times and steps of the piece.</param>
    public FactoredMethod(ButcherTableau tableau, TimeGrid grid)
    {
        (Stages, Steps, Step) = (tableau.Stages, grid.Depth, grid.Step);
        Weights = [.. tableau.B];
        Earlier = [.. Enumerable.Range(0, Stages).Select(i => Nonzero(Enumerable.Range(0, i).Select(j => new Term(j, tableau.A[i][j]))))];
        Later =
        [
            .. Enumerable.Range(0, Stages).Select(i => Nonzero(
                Enumerable.Range(i + 1, Stages - i - 1).Select(l => new Term(l, tableau.A[l][i])).Append(new(Stages, tableau.B[i])))),
        ];
        Sum = Nonzero(tableau.B.Select((weight, i) => new Term(i, weight)));
        All = [.. Enumerable.Range(0, Stages).Select(i => new Term(i, 1))];
    }

    public int Stages { get; }

    public int Steps { get; }

    /// <summary>ε.</summary>
    public double Step { get; }

    /// <summary>b.</summary>
    public double[] Weights { get; }

    /// <summary>For each stage i the earlier stages j that it is made of, with Aᵢⱼ.</summary>
    public Term[][] Earlier { get; }

    /// <summary>For each stage i the later stages l that are made of it, with Aₗᵢ, and the end of the step, counted as one more stage,
    /// with bᵢ.</summary>
    public Term[][] Later { get; }

    /// <summary>The stages that the end of the step is made of, with bᵢ.</summary>
    public Term[] Sum { get; }

    /// <summary>Each stage once.</summary>
    public Term[] All { get; }

    private static Term[] Nonzero(IEnumerable<Term> terms) => [.. terms.Where(term => term.Weight != 0)];
}
