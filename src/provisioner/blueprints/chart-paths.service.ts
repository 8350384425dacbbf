import { realpath, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { Injectable } from '@nestjs/common';
import type { ChartSource } from '../../kubernetes/chart-source.js';
import type { InputFault } from '../../platform/errors.js';
import { ProvisionerConfig } from '../provisioner.config.js';

/** Where charts may come from. */
@Injectable()
export class ChartPaths {
  constructor(private readonly config: ProvisionerConfig) {}

  /** The chart's absolute path; relative ones count from the chart root. */
  resolve(path: string): string {
    return resolve(this.config.chartRoot, path);
  }

  /** What is wrong with where a chart comes from, so that a blueprint that can never be installed is not accepted. */
  async faultsOf(chart: ChartSource): Promise<InputFault[]> {
    if ('path' in chart) return this.pathFaults(chart.path);
    return 'oci' in chart
      ? this.hostFaults(chart.oci, '/chart/oci')
      : this.hostFaults(chart.repository, '/chart/repository');
  }

  private hostFaults(url: string, pointer: string): InputFault[] {
    const { chartHosts } = this.config;
    if (chartHosts === undefined || chartHosts.includes(hostOf(url))) return [];
    return [{ pointer, message: 'is not at a host of TENANTRY_CHART_HOSTS' }];
  }

  private async pathFaults(path: string): Promise<InputFault[]> {
    const pointer = '/chart/path';
    try {
      const real = await realpath(this.resolve(path));
      if (this.config.chartsOnlyInRoot && !isWithin(await realpath(this.config.chartRoot), real)) {
        return [{ pointer, message: 'lies outside TENANTRY_CHARTS_DIR' }];
      }
      await stat(join(real, 'Chart.yaml'));
      return [];
    } catch {
      return [{ pointer, message: 'there is no chart at this path' }];
    }
  }
}

/** Of an `oci:` URL the parser leaves the case as it is. */
function hostOf(url: string): string {
  return URL.parse(url)?.host.toLowerCase() ?? '';
}

function isWithin(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`);
}
