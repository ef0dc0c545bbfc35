using static TorchSharp.torch;

namespace IsingFreeEnergy;

/// <summary>The untrained flow for a lattice.</summary>
public static class IsingModel
{
    /// <summary>Smallest eigenvalue of K + αI, which fixes α.</summary>
    public const double SmallestEigenvalue = 0.1;

    private const double Horizon = 2, FilterLength = 1.4, Disorder = 0.02;
    private const int Filters = 4, FewSites = 64;

    // From the field's own correlations at 0 to almost the bare magnetisation at 30.
    private static readonly double[] _powers = [0, 1, 3, 30];

    public static MongeAmpereFlow Create(IsingEnergy energy, Settings settings)
    {
        using var generator = new Generator((ulong)settings.Seed);
        var options = new MongeAmpereFlowOptions { Horizon = Horizon, Depth = settings.Depth };
        var lattice = energy.Lattice!;
        using var scope = NewDisposeScope();
        if (lattice.Boundary == Boundary.Periodic)
        {
            // Every symmetry of the torus exactly, and the Gaussian part of the energy in closed form.
            // On few sites filters of any shape, each with all its images, are cheap; they say more than symmetric ones.
            var parts = Enumerable.Range(0, settings.HasWarmStart ? 4 : 2).Select(_ => lattice.Sites <= FewSites
                ? LatticeRidgePotential.AtRest(lattice, Filters, generator)
                : LatticeRidgePotential.AtRest(lattice, MixedScales(energy, generator), averaged: true));
            return new(new PiecewisePotential(Horizon, [.. parts]), options, CirculantGaussianMap.For(energy));
        }

        // Without translations only the Z2 symmetry of ln cosh is left.
        var directions = new LocalPatches(settings.Size, settings.Size, Math.Min(3, settings.Size)).Draw(4L * lattice.Sites, ones(lattice.Sites, dtype: float64), generator);
        return new(RidgePotential.AtRest(directions, Activation.LogCosh, generator, 1), options);
    }

    /// <summary>A flow that does nothing but, on a torus, the Gaussian part of the energy; as cheap as a flow can be.</summary>
    public static MongeAmpereFlow AtRest(IsingEnergy energy, Generator generator)
    {
        using var scope = NewDisposeScope();
        var potential = RidgePotential.AtRest(ones(1, energy.Dimension, dtype: float64), Activation.LogCosh, generator, 1);
        return new(potential, new() { Depth = 1 }, energy.Lattice!.Boundary == Boundary.Periodic ? CirculantGaussianMap.For(energy) : null);
    }

    /// <summary>Filters [C, N] that see a site together with its surroundings at several scales, each in random proportions.</summary>
    /// <remarks>
    /// In the coordinates before the Gaussian map A = (K+αI)^½ the energy is ½|z|² - Σᵢ ln cosh (Az)ᵢ, so the rows of A are the natural
    /// filters, and the first one is such a row.
    /// </remarks>
    private static Tensor MixedScales(IsingEnergy energy, Generator generator)
    {
        using var scope = NewDisposeScope();
        long[] shape = [.. energy.Lattice!.Extents.Select(extent => (long)extent)];
        var spectrum = tensor(Spectrum(energy), dtype: float64).view(shape);
        var scales = stack([.. _powers.Select(power => Unit(fft.ifftn(spectrum.sqrt().mul(spectrum.div(spectrum.max()).pow(power)).to(complex128)).real.flatten()))]);
        var proportions = randn([Filters, _powers.Length], dtype: float64, generator: generator);
        proportions[0] = tensor([1.0, .. Enumerable.Repeat(0.0, _powers.Length - 1)], dtype: float64);
        var disorder = randn([Filters, energy.Dimension], dtype: float64, generator: generator).mul(Disorder / Math.Sqrt(energy.Dimension));
        return Unit(proportions.mm(scales).add(disorder)).mul(FilterLength).MoveToOuterDisposeScope();
    }

    /// <summary>Eigenvalues of K + αI on a square torus, one per wave vector.</summary>
    private static double[] Spectrum(IsingEnergy energy)
    {
        var size = energy.Lattice!.Extents[0];
        double[] axis = [.. Enumerable.Range(0, size).Select(wave => 2 * Math.Cos(2 * Math.PI * wave / size))];
        double[] coupling = [.. axis.SelectMany(row => axis.Select(column => (row + column) / energy.Temperature))];
        var shift = SmallestEigenvalue - coupling.Min();
        return [.. coupling.Select(eigenvalue => eigenvalue + shift)];
    }

    private static Tensor Unit(Tensor filters) => filters.div(filters.square().sum(-1, keepdim: true).sqrt());
}
