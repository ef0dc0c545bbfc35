// A target given by its energy: the Ising model on 4 x 4 spins, whose partition function is known.
using MAFlow.Torch.Bijections;
using MAFlow.Torch.Energies;
using MAFlow.Torch.Estimation;
using MAFlow.Torch.Flows;
using MAFlow.Torch.Lattices;
using MAFlow.Torch.Native;
using MAFlow.Torch.Potentials.Lattices;
using MAFlow.Torch.Training;
using TorchSharp;

TorchRuntime.EnsureLoaded();
using var generator = new torch.Generator(1);
using var energy = new IsingEnergy(Lattice.Square(4), IsingEnergy.CriticalTemperature);
using var flow = new MongeAmpereFlow(LatticeRidgePotential.AtRest(energy.Lattice!, 4, generator), bijection: CirculantGaussianMap.For(energy));
var report = new VariationalTrainer(new() { Steps = 200 }).Fit(flow, energy);
flow.Save("flow.safetensors");
using var loaded = MongeAmpereFlow.Load("flow.safetensors");
var estimate = new ImportanceSampler(loaded, energy).Run(new() { Samples = 20_000 }, generator).LogPartition;
var exact = energy.ExactLogPartition()!.Value;
var verdict = Math.Abs(estimate.Value - exact) < 0.1 ? "agrees with" : "is not";
Console.WriteLine($"ln Z {estimate.Value:F3} {verdict} {exact:F3}, after {report.Steps} steps");
