namespace MAFlow.Torch.Potentials.Particles.Lanes;

/// <summary>What a solve between two knots is told: method, step, and coefficients at each of its stages.</summary>
/// <typeparam name="T">Float32 or float64.</typeparam>
/// <param name="Tableau">Method.</param>
/// <param name="Steps">Number of steps.</param>
/// <param name="Step">ε.</param>
/// <param name="Coefficients">Those that depend on time, stage by stage.</param>
/// <param name="Constants">The others.</param>
internal sealed record LaneMethod<T>(ButcherTableau Tableau, int Steps, double Step, T[] Coefficients, T[] Constants)
{
    /// <summary>Number of stages of all steps.</summary>
    public int Stages => Steps * Tableau.Stages;

    /// <summary>Number of coefficients that depend on time.</summary>
    public int Count => Coefficients.Length / Stages;

    /// <summary>The coefficients at a stage.</summary>
    public ReadOnlySpan<T> At(int step, int stage) => Coefficients.AsSpan(((step * Tableau.Stages) + stage) * Count, Count);

    /// <summary>Where a stage is between the knots, from 0 to 1.</summary>
    public double Fraction(int step, int stage) => (step + Tableau.C[stage]) / Steps;
}
