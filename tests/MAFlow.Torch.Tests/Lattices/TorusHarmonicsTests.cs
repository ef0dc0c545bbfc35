using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>The real Fourier basis, and kernels with the symmetry of a torus in it.</summary>
[TestClass]
public sealed class TorusHarmonicsTests
{
    public static IEnumerable<object[]> Tori => [[new[] { 4, 4 }], [new[] { 3, 3 }], [new[] { 9, 8 }], [new[] { 2, 3 }], [new[] { 5 }], [new[] { 2, 2, 3 }], [new[] { 12, 5, 3 }]];

    [TestMethod]
    [DynamicData(nameof(Tori))]
    public void TheBasisIsOrthonormal(int[] extents)
    {
        using var scope = NewDisposeScope();
        var lattice = new Lattice(Boundary.Periodic, extents);
        var unit = eye(lattice.Sites, dtype: float64);
        var maps = new TorusHarmonics(lattice).Like(unit);
        var basis = maps.Apply(unit);
        Near.Assert(unit, basis.mm(basis.t()), 1e-13);
        Near.Assert(unit, maps.ApplyTransposed(basis), 1e-13);
    }

    [TestMethod]
    [DynamicData(nameof(Tori))]
    public void ASymmetricKernelIsDiagonalInIt(int[] extents)
    {
        using var scope = NewDisposeScope();
        var lattice = new Lattice(Boundary.Periodic, extents);
        var (harmonics, kernels) = (new TorusHarmonics(lattice), new OrbitKernels(lattice));
        Assert.AreEqual(LatticeOrbits.Count(extents), kernels.Count);
        var spectrum = Draw.Normal(1, kernels.Count);
        var kernel = kernels.Kernel(spectrum);
        Near.Assert(spectrum, kernels.Spectrum(kernel), 1e-12);
        // The convolution as a matrix: its entry depends on the distance alone.
        var numbers = kernel.data<double>().ToArray();
        var entries = Enumerable.Range(0, lattice.Sites).SelectMany(row => Enumerable.Range(0, lattice.Sites).Select(column =>
            numbers[kernels.Orbits[lattice.Site([.. lattice.Coordinates(row).Zip(lattice.Coordinates(column), (a, b) => a - b)])]])).ToArray();
        var convolution = tensor(entries).view(lattice.Sites, lattice.Sites);
        var x = Draw.Normal(2, lattice.Sites, 3);
        var maps = harmonics.Like(x);
        var factors = spectrum.index_select(0, tensor(harmonics.Waves.Select(wave => kernels.Orbits[wave]).ToArray()));
        Near.Assert(convolution.mm(x), maps.ApplyTransposed(maps.Apply(x).mul(factors.unsqueeze(1))), 1e-12);
    }

    [TestMethod]
    [DataRow(new[] { 4, 4 }, new[] { 8, 8 })]
    [DataRow(new[] { 5, 5 }, new[] { 6, 6 })]
    [DataRow(new[] { 4, 6 }, new[] { 7, 6 })]
    [DataRow(new[] { 4, 3 }, new[] { 8, 8 })]
    [DataRow(new[] { 4, 4 }, new[] { 4, 9 })]
    public void ALiftedKernelIsTheSameAtEachDistanceThatBothHave(int[] from, int[] to)
    {
        using var scope = NewDisposeScope();
        var (small, large) = (new OrbitKernels(new(Boundary.Periodic, from)), new OrbitKernels(new(Boundary.Periodic, to)));
        var kernel = Draw.Normal(1, small.Count, 2);
        var lifted = large.Kernel(small.Lift(small.Spectrum(kernel), large));
        // The zero mode sees the sum of the kernel, which is kept.
        Near.Assert(small.Spectrum(kernel)[0], large.Spectrum(lifted)[0], 1e-12);
        Near.Assert(kernel[0], lifted[0], 1e-12);
        var (near, far) = (small.Orbits[1], large.Orbits[1]);
        if (from.Distinct().Count() == to.Distinct().Count() && from[^1] > 2)
        {
            Near.Assert(kernel[near], lifted[far], 1e-12);
        }
    }
}
