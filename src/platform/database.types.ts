// Generated from supabase/migrations by `npm run db:types`; a test fails when the two differ.

export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[];

export type Database = {
  // Allows to automatically instantiate createClient with right options
  // instead of createClient<Database, { PostgrestVersion: 'XX' }>(URL, KEY)
  __InternalSupabase: {
    PostgrestVersion: '13';
  };
  public: {
    Tables: {
      api_key_uses: {
        Row: {
          key_id: string;
          last_used_at: string;
        };
        Insert: {
          key_id: string;
          last_used_at: string;
        };
        Update: {
          key_id?: string;
          last_used_at?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'api_key_uses_key_id_fkey';
            columns: ['key_id'];
            referencedRelation: 'api_key_rows';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'api_key_uses_key_id_fkey';
            columns: ['key_id'];
            referencedRelation: 'api_keys';
            referencedColumns: ['id'];
          },
        ];
      };
      api_keys: {
        Row: {
          created_at: string;
          created_by: string;
          expires_at: string | null;
          hash: string;
          id: string;
          name: string;
          prefix: string;
          rate_limit_per_minute: number | null;
          revoked_at: string | null;
          rotated_from: string | null;
          row_version: number;
          scopes: string[];
          tenant_id: string | null;
          updated_at: string;
        };
        Insert: {
          created_at?: string;
          created_by: string;
          expires_at?: string | null;
          hash: string;
          id: string;
          name: string;
          prefix: string;
          rate_limit_per_minute?: number | null;
          revoked_at?: string | null;
          rotated_from?: string | null;
          row_version?: number;
          scopes: string[];
          tenant_id?: string | null;
          updated_at?: string;
        };
        Update: {
          created_at?: string;
          created_by?: string;
          expires_at?: string | null;
          hash?: string;
          id?: string;
          name?: string;
          prefix?: string;
          rate_limit_per_minute?: number | null;
          revoked_at?: string | null;
          rotated_from?: string | null;
          row_version?: number;
          scopes?: string[];
          tenant_id?: string | null;
          updated_at?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'api_keys_rotated_from_fkey';
            columns: ['rotated_from'];
            referencedRelation: 'api_key_rows';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'api_keys_rotated_from_fkey';
            columns: ['rotated_from'];
            referencedRelation: 'api_keys';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'api_keys_tenant_id_fkey';
            columns: ['tenant_id'];
            referencedRelation: 'tenants';
            referencedColumns: ['id'];
          },
        ];
      };
      audit_chains: {
        Row: {
          chain: string;
          hash: string;
          seq: number;
          signed_seq: number;
          unsigned: boolean;
        };
        Insert: {
          chain: string;
          hash?: string;
          seq?: number;
          signed_seq?: number;
          unsigned?: boolean;
        };
        Update: {
          chain?: string;
          hash?: string;
          seq?: number;
          signed_seq?: number;
          unsigned?: boolean;
        };
        Relationships: [];
      };
      audit_checkpoints: {
        Row: {
          at: string;
          hash: string;
          heads: NonNullable<Json>;
          key_id: string;
          number: number;
          prev_hash: string;
          signature: string;
        };
        Insert: {
          at: string;
          hash: string;
          heads: NonNullable<Json>;
          key_id: string;
          number: number;
          prev_hash: string;
          signature: string;
        };
        Update: {
          at?: string;
          hash?: string;
          heads?: NonNullable<Json>;
          key_id?: string;
          number?: number;
          prev_hash?: string;
          signature?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'audit_checkpoints_key_id_fkey';
            columns: ['key_id'];
            referencedRelation: 'audit_signing_keys';
            referencedColumns: ['key_id'];
          },
        ];
      };
      audit_log: {
        Row: {
          action: string;
          actor: string | null;
          address: string | null;
          after: Json | null;
          at: string;
          before: Json | null;
          chain: string;
          chain_seq: number;
          credential: string | null;
          digest: string;
          expired_at: string | null;
          hash: string;
          id: number;
          nonce: string | null;
          prev_hash: string;
          request_id: string | null;
          resource_id: string | null;
          resource_type: string;
          tenant_id: string | null;
          audit_digest: string | null;
          audit_hash: string | null;
        };
        Insert: {
          action: string;
          actor?: string | null;
          address?: string | null;
          after?: Json | null;
          at?: string;
          before?: Json | null;
          chain: string;
          chain_seq: number;
          credential?: string | null;
          digest: string;
          expired_at?: string | null;
          hash: string;
          id?: never;
          nonce?: string | null;
          prev_hash: string;
          request_id?: string | null;
          resource_id?: string | null;
          resource_type: string;
          tenant_id?: string | null;
        };
        Update: {
          action?: string;
          actor?: string | null;
          address?: string | null;
          after?: Json | null;
          at?: string;
          before?: Json | null;
          chain?: string;
          chain_seq?: number;
          credential?: string | null;
          digest?: string;
          expired_at?: string | null;
          hash?: string;
          id?: never;
          nonce?: string | null;
          prev_hash?: string;
          request_id?: string | null;
          resource_id?: string | null;
          resource_type?: string;
          tenant_id?: string | null;
        };
        Relationships: [];
      };
      audit_retention: {
        Row: {
          announced_until: string;
          done_until: string;
          id: boolean;
        };
        Insert: {
          announced_until?: string;
          done_until?: string;
          id?: boolean;
        };
        Update: {
          announced_until?: string;
          done_until?: string;
          id?: boolean;
        };
        Relationships: [];
      };
      audit_signing_keys: {
        Row: {
          created_at: string;
          key_id: string;
          public_key: string;
        };
        Insert: {
          created_at?: string;
          key_id: string;
          public_key: string;
        };
        Update: {
          created_at?: string;
          key_id?: string;
          public_key?: string;
        };
        Relationships: [];
      };
      billing_adjustments: {
        Row: {
          amount: number;
          billed_on: string | null;
          component: string | null;
          created_at: string;
          currency: string;
          description: string | null;
          ends_at: string;
          explanation: NonNullable<Json>;
          id: string;
          inputs_hash: string;
          invoice_id: string;
          meter: string | null;
          note_id: string | null;
          price_version: string | null;
          quantity: number | null;
          query: string | null;
          since: string;
          starts_at: string;
          tenant_id: string;
          unit: string | null;
        };
        Insert: {
          amount: number;
          billed_on?: string | null;
          component?: string | null;
          created_at?: string;
          currency: string;
          description?: string | null;
          ends_at: string;
          explanation: NonNullable<Json>;
          id: string;
          inputs_hash: string;
          invoice_id: string;
          meter?: string | null;
          note_id?: string | null;
          price_version?: string | null;
          quantity?: number | null;
          query?: string | null;
          since: string;
          starts_at: string;
          tenant_id: string;
          unit?: string | null;
        };
        Update: {
          amount?: number;
          billed_on?: string | null;
          component?: string | null;
          created_at?: string;
          currency?: string;
          description?: string | null;
          ends_at?: string;
          explanation?: NonNullable<Json>;
          id?: string;
          inputs_hash?: string;
          invoice_id?: string;
          meter?: string | null;
          note_id?: string | null;
          price_version?: string | null;
          quantity?: number | null;
          query?: string | null;
          since?: string;
          starts_at?: string;
          tenant_id?: string;
          unit?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'billing_adjustments_billed_on_fkey';
            columns: ['billed_on'];
            referencedRelation: 'billing_invoices';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'billing_adjustments_invoice_id_fkey';
            columns: ['invoice_id'];
            referencedRelation: 'billing_invoices';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'billing_adjustments_note_id_fkey';
            columns: ['note_id'];
            referencedRelation: 'billing_invoices';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'billing_adjustments_tenant_id_fkey';
            columns: ['tenant_id'];
            referencedRelation: 'tenants';
            referencedColumns: ['id'];
          },
        ];
      };
      billing_cost_days: {
        Row: {
          day: string;
          llm_calls: number;
          llm_unpriced: number;
          made_at: string;
          samples: number;
          samples_unpriced: number;
          tenant_id: string;
        };
        Insert: {
          day: string;
          llm_calls: number;
          llm_unpriced: number;
          made_at?: string;
          samples: number;
          samples_unpriced: number;
          tenant_id: string;
        };
        Update: {
          day?: string;
          llm_calls?: number;
          llm_unpriced?: number;
          made_at?: string;
          samples?: number;
          samples_unpriced?: number;
          tenant_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'billing_cost_days_tenant_id_fkey';
            columns: ['tenant_id'];
            referencedRelation: 'tenants';
            referencedColumns: ['id'];
          },
        ];
      };
      billing_cost_rates: {
        Row: {
          cpu_core_hour: number;
          cpu_cores: number | null;
          created_at: string;
          currency: string;
          effective_from: string;
          memory_gib: number | null;
          memory_gib_hour: number;
          row_version: number;
          storage_gib: number | null;
          storage_gib_hour: number;
          updated_at: string;
          billing_cost_rate_json: Json | null;
        };
        Insert: {
          cpu_core_hour: number;
          cpu_cores?: number | null;
          created_at?: string;
          currency: string;
          effective_from: string;
          memory_gib?: number | null;
          memory_gib_hour: number;
          row_version?: number;
          storage_gib?: number | null;
          storage_gib_hour: number;
          updated_at?: string;
        };
        Update: {
          cpu_core_hour?: number;
          cpu_cores?: number | null;
          created_at?: string;
          currency?: string;
          effective_from?: string;
          memory_gib?: number | null;
          memory_gib_hour?: number;
          row_version?: number;
          storage_gib?: number | null;
          storage_gib_hour?: number;
          updated_at?: string;
        };
        Relationships: [];
      };
      billing_cost_scans: {
        Row: {
          one: boolean;
          seq: number;
          seq_before: number;
        };
        Insert: {
          one?: boolean;
          seq?: number;
          seq_before?: number;
        };
        Update: {
          one?: boolean;
          seq?: number;
          seq_before?: number;
        };
        Relationships: [];
      };
      billing_costs: {
        Row: {
          computed: number | null;
          cost: number;
          cpu_core_seconds: number | null;
          currency: string;
          day: string;
          memory_gib_seconds: number | null;
          source: string;
          tenant_id: string;
          volume_gib_seconds: number | null;
        };
        Insert: {
          computed?: number | null;
          cost: number;
          cpu_core_seconds?: number | null;
          currency: string;
          day: string;
          memory_gib_seconds?: number | null;
          source: string;
          tenant_id: string;
          volume_gib_seconds?: number | null;
        };
        Update: {
          computed?: number | null;
          cost?: number;
          cpu_core_seconds?: number | null;
          currency?: string;
          day?: string;
          memory_gib_seconds?: number | null;
          source?: string;
          tenant_id?: string;
          volume_gib_seconds?: number | null;
        };
        Relationships: [
          {
            foreignKeyName: 'billing_costs_tenant_id_day_fkey';
            columns: ['tenant_id', 'day'];
            referencedRelation: 'billing_cost_days';
            referencedColumns: ['tenant_id', 'day'];
          },
        ];
      };
      billing_credit_grants: {
        Row: {
          amount: number;
          created_at: string;
          currency: string;
          effective_at: string;
          expires_at: string | null;
          id: string;
          kind: string;
          priority: number;
          remaining: number;
          row_version: number;
          tenant_id: string;
          transaction_id: number;
          updated_at: string;
          voided_at: string | null;
          billing_credit_grant_json: Json | null;
        };
        Insert: {
          amount: number;
          created_at: string;
          currency: string;
          effective_at: string;
          expires_at?: string | null;
          id: string;
          kind: string;
          priority?: number;
          remaining?: number;
          row_version?: number;
          tenant_id: string;
          transaction_id: number;
          updated_at?: string;
          voided_at?: string | null;
        };
        Update: {
          amount?: number;
          created_at?: string;
          currency?: string;
          effective_at?: string;
          expires_at?: string | null;
          id?: string;
          kind?: string;
          priority?: number;
          remaining?: number;
          row_version?: number;
          tenant_id?: string;
          transaction_id?: number;
          updated_at?: string;
          voided_at?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'billing_credit_grants_tenant_id_fkey';
            columns: ['tenant_id'];
            referencedRelation: 'tenants';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'billing_credit_grants_transaction_id_tenant_id_currency_fkey';
            columns: ['transaction_id', 'tenant_id', 'currency'];
            referencedRelation: 'billing_ledger_transactions';
            referencedColumns: ['id', 'tenant_id', 'currency'];
          },
        ];
      };
      billing_credit_movements: {
        Row: {
          amount: number;
          currency: string;
          grant_id: string;
          tenant_id: string;
          transaction_id: number;
        };
        Insert: {
          amount: number;
          currency: string;
          grant_id: string;
          tenant_id: string;
          transaction_id: number;
        };
        Update: {
          amount?: number;
          currency?: string;
          grant_id?: string;
          tenant_id?: string;
          transaction_id?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'billing_credit_movements_grant_id_tenant_id_currency_fkey';
            columns: ['grant_id', 'tenant_id', 'currency'];
            referencedRelation: 'billing_credit_grants';
            referencedColumns: ['id', 'tenant_id', 'currency'];
          },
          {
            foreignKeyName: 'billing_credit_movements_transaction_id_tenant_id_currency_fkey';
            columns: ['transaction_id', 'tenant_id', 'currency'];
            referencedRelation: 'billing_ledger_transactions';
            referencedColumns: ['id', 'tenant_id', 'currency'];
          },
        ];
      };
      billing_details: {
        Row: {
          address: NonNullable<Json>;
          created_at: string;
          email: string | null;
          name: string;
          row_version: number;
          tax_id: string | null;
          tenant_id: string;
          updated_at: string;
        };
        Insert: {
          address: NonNullable<Json>;
          created_at?: string;
          email?: string | null;
          name: string;
          row_version?: number;
          tax_id?: string | null;
          tenant_id: string;
          updated_at?: string;
        };
        Update: {
          address?: NonNullable<Json>;
          created_at?: string;
          email?: string | null;
          name?: string;
          row_version?: number;
          tax_id?: string | null;
          tenant_id?: string;
          updated_at?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'billing_details_tenant_id_fkey';
            columns: ['tenant_id'];
            referencedRelation: 'tenants';
            referencedColumns: ['id'];
          },
        ];
      };
      billing_failures: {
        Row: {
          attempts: number;
          error: NonNullable<Json>;
          kind: string;
          last_at: string;
          next_at: string;
          period_index: number;
          row_version: number;
          since: string;
          subscription_id: string;
          tenant_id: string;
        };
        Insert: {
          attempts: number;
          error: NonNullable<Json>;
          kind: string;
          last_at: string;
          next_at: string;
          period_index: number;
          row_version: number;
          since: string;
          subscription_id: string;
          tenant_id: string;
        };
        Update: {
          attempts?: number;
          error?: NonNullable<Json>;
          kind?: string;
          last_at?: string;
          next_at?: string;
          period_index?: number;
          row_version?: number;
          since?: string;
          subscription_id?: string;
          tenant_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'billing_failures_subscription_id_fkey';
            columns: ['subscription_id'];
            referencedRelation: 'billing_subscriptions';
            referencedColumns: ['id'];
          },
        ];
      };
      billing_invoice_lines: {
        Row: {
          adjusts_invoice: string | null;
          amount: number;
          component: string | null;
          description: string | null;
          ends_at: string;
          explanation: NonNullable<Json>;
          inputs_hash: string;
          invoice_id: string;
          kind: string;
          line: number;
          meter: string | null;
          price_version: string | null;
          quantity: number | null;
          query: string | null;
          starts_at: string;
          tenant_id: string;
          unit: string | null;
          unrounded: number;
          billing_line_json: Json | null;
        };
        Insert: {
          adjusts_invoice?: string | null;
          amount: number;
          component?: string | null;
          description?: string | null;
          ends_at: string;
          explanation: NonNullable<Json>;
          inputs_hash: string;
          invoice_id: string;
          kind: string;
          line: number;
          meter?: string | null;
          price_version?: string | null;
          quantity?: number | null;
          query?: string | null;
          starts_at: string;
          tenant_id: string;
          unit?: string | null;
          unrounded: number;
        };
        Update: {
          adjusts_invoice?: string | null;
          amount?: number;
          component?: string | null;
          description?: string | null;
          ends_at?: string;
          explanation?: NonNullable<Json>;
          inputs_hash?: string;
          invoice_id?: string;
          kind?: string;
          line?: number;
          meter?: string | null;
          price_version?: string | null;
          quantity?: number | null;
          query?: string | null;
          starts_at?: string;
          tenant_id?: string;
          unit?: string | null;
          unrounded?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'billing_invoice_lines_adjusts_invoice_fkey';
            columns: ['adjusts_invoice'];
            referencedRelation: 'billing_invoices';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'billing_invoice_lines_invoice_id_fkey';
            columns: ['invoice_id'];
            referencedRelation: 'billing_invoices';
            referencedColumns: ['id'];
          },
        ];
      };
      billing_invoices: {
        Row: {
          amount_paid: number;
          buyer: Json | null;
          closing: boolean;
          corrects: string | null;
          created_at: string;
          credit_applied: number;
          credited: number;
          currency: string;
          due_at: string | null;
          finalized_at: string | null;
          id: string;
          inputs: Json | null;
          kind: string;
          number: string | null;
          paid_at: string | null;
          period_from: string;
          period_index: number;
          period_to: string;
          reason: string | null;
          rounding: number;
          row_version: number;
          run_id: string | null;
          seller: Json | null;
          state: string;
          subscription_id: string;
          subtotal: number;
          tenant_id: string;
          time_zone: string;
          total: number;
          updated_at: string;
          voided_at: string | null;
          zone_data_version: string | null;
          billing_adjustments_take: number | null;
          billing_check_numbered: undefined | null;
          billing_due_of: number | null;
          billing_invoice_creditable: number | null;
          billing_invoice_due: number | null;
          billing_invoice_json: Json | null;
          billing_invoice_message: Json | null;
          billing_late_state: Json | null;
        };
        Insert: {
          amount_paid?: number;
          buyer?: Json | null;
          closing?: boolean;
          corrects?: string | null;
          created_at?: string;
          credit_applied?: number;
          credited?: number;
          currency: string;
          due_at?: string | null;
          finalized_at?: string | null;
          id: string;
          inputs?: Json | null;
          kind: string;
          number?: string | null;
          paid_at?: string | null;
          period_from: string;
          period_index: number;
          period_to: string;
          reason?: string | null;
          rounding?: number;
          row_version?: number;
          run_id?: string | null;
          seller?: Json | null;
          state: string;
          subscription_id: string;
          subtotal?: number;
          tenant_id: string;
          time_zone: string;
          total?: number;
          updated_at?: string;
          voided_at?: string | null;
          zone_data_version?: string | null;
        };
        Update: {
          amount_paid?: number;
          buyer?: Json | null;
          closing?: boolean;
          corrects?: string | null;
          created_at?: string;
          credit_applied?: number;
          credited?: number;
          currency?: string;
          due_at?: string | null;
          finalized_at?: string | null;
          id?: string;
          inputs?: Json | null;
          kind?: string;
          number?: string | null;
          paid_at?: string | null;
          period_from?: string;
          period_index?: number;
          period_to?: string;
          reason?: string | null;
          rounding?: number;
          row_version?: number;
          run_id?: string | null;
          seller?: Json | null;
          state?: string;
          subscription_id?: string;
          subtotal?: number;
          tenant_id?: string;
          time_zone?: string;
          total?: number;
          updated_at?: string;
          voided_at?: string | null;
          zone_data_version?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'billing_invoices_corrects_fkey';
            columns: ['corrects'];
            referencedRelation: 'billing_invoices';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'billing_invoices_subscription_id_fkey';
            columns: ['subscription_id'];
            referencedRelation: 'billing_subscriptions';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'billing_invoices_tenant_id_fkey';
            columns: ['tenant_id'];
            referencedRelation: 'tenants';
            referencedColumns: ['id'];
          },
        ];
      };
      billing_late_periods: {
        Row: {
          invoice_id: string;
          mark: number;
          since: string;
          tenant_id: string;
        };
        Insert: {
          invoice_id: string;
          mark?: number;
          since?: string;
          tenant_id: string;
        };
        Update: {
          invoice_id?: string;
          mark?: number;
          since?: string;
          tenant_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'billing_late_periods_invoice_id_fkey';
            columns: ['invoice_id'];
            referencedRelation: 'billing_invoices';
            referencedColumns: ['id'];
          },
        ];
      };
      billing_ledger_accounts: {
        Row: {
          account: string;
          balance: number;
          currency: string;
          floor: number | null;
          tenant_id: string;
        };
        Insert: {
          account: string;
          balance?: number;
          currency: string;
          floor?: number | null;
          tenant_id: string;
        };
        Update: {
          account?: string;
          balance?: number;
          currency?: string;
          floor?: number | null;
          tenant_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'billing_ledger_accounts_tenant_id_fkey';
            columns: ['tenant_id'];
            referencedRelation: 'tenants';
            referencedColumns: ['id'];
          },
        ];
      };
      billing_ledger_entries: {
        Row: {
          account: string;
          amount: number;
          currency: string;
          direction: string;
          tenant_id: string;
          transaction_id: number;
        };
        Insert: {
          account: string;
          amount: number;
          currency: string;
          direction: string;
          tenant_id: string;
          transaction_id: number;
        };
        Update: {
          account?: string;
          amount?: number;
          currency?: string;
          direction?: string;
          tenant_id?: string;
          transaction_id?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'billing_ledger_entries_tenant_id_currency_account_fkey';
            columns: ['tenant_id', 'currency', 'account'];
            referencedRelation: 'billing_ledger_accounts';
            referencedColumns: ['tenant_id', 'currency', 'account'];
          },
          {
            foreignKeyName: 'billing_ledger_entries_transaction_id_tenant_id_currency_fkey';
            columns: ['transaction_id', 'tenant_id', 'currency'];
            referencedRelation: 'billing_ledger_transactions';
            referencedColumns: ['id', 'tenant_id', 'currency'];
          },
        ];
      };
      billing_ledger_transactions: {
        Row: {
          at: string;
          currency: string;
          id: number;
          kind: string;
          reference: string;
          source: string;
          tenant_id: string;
        };
        Insert: {
          at: string;
          currency: string;
          id?: never;
          kind: string;
          reference: string;
          source: string;
          tenant_id: string;
        };
        Update: {
          at?: string;
          currency?: string;
          id?: never;
          kind?: string;
          reference?: string;
          source?: string;
          tenant_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'billing_ledger_transactions_tenant_id_fkey';
            columns: ['tenant_id'];
            referencedRelation: 'tenants';
            referencedColumns: ['id'];
          },
        ];
      };
      billing_llm_prices: {
        Row: {
          cache_read: number;
          cache_write: number;
          created_at: string;
          currency: string;
          effective_from: string;
          effective_to: string | null;
          input: number;
          model: string;
          output: number;
          provider: string;
          billing_llm_price_json: Json | null;
        };
        Insert: {
          cache_read: number;
          cache_write: number;
          created_at?: string;
          currency: string;
          effective_from: string;
          effective_to?: string | null;
          input: number;
          model: string;
          output: number;
          provider: string;
        };
        Update: {
          cache_read?: number;
          cache_write?: number;
          created_at?: string;
          currency?: string;
          effective_from?: string;
          effective_to?: string | null;
          input?: number;
          model?: string;
          output?: number;
          provider?: string;
        };
        Relationships: [];
      };
      billing_numbers: {
        Row: {
          kind: string;
          last: number;
          year: number;
        };
        Insert: {
          kind: string;
          last: number;
          year: number;
        };
        Update: {
          kind?: string;
          last?: number;
          year?: number;
        };
        Relationships: [];
      };
      billing_overrides: {
        Row: {
          component: string;
          created_at: string;
          ends_at: string | null;
          id: string;
          starts_at: string;
          subscription_id: string;
          terms: NonNullable<Json>;
        };
        Insert: {
          component: string;
          created_at?: string;
          ends_at?: string | null;
          id: string;
          starts_at: string;
          subscription_id: string;
          terms: NonNullable<Json>;
        };
        Update: {
          component?: string;
          created_at?: string;
          ends_at?: string | null;
          id?: string;
          starts_at?: string;
          subscription_id?: string;
          terms?: NonNullable<Json>;
        };
        Relationships: [
          {
            foreignKeyName: 'billing_overrides_subscription_id_fkey';
            columns: ['subscription_id'];
            referencedRelation: 'billing_subscriptions';
            referencedColumns: ['id'];
          },
        ];
      };
      billing_payments: {
        Row: {
          amount: number;
          attempt: number;
          awaited_since: string | null;
          begun_attempt: number;
          call_at: string | null;
          created_at: string;
          currency: string;
          error: string | null;
          failures: number;
          held_until: string | null;
          invoice_id: string;
          known_at: string | null;
          looks: number;
          provider: string;
          reference: string | null;
          row_version: number;
          state: string;
          stuck_error: string | null;
          stuck_since: string | null;
          tenant_id: string;
          updated_at: string;
          billing_payment_json: Json | null;
        };
        Insert: {
          amount: number;
          attempt?: number;
          awaited_since?: string | null;
          begun_attempt?: number;
          call_at?: string | null;
          created_at: string;
          currency: string;
          error?: string | null;
          failures?: number;
          held_until?: string | null;
          invoice_id: string;
          known_at?: string | null;
          looks?: number;
          provider: string;
          reference?: string | null;
          row_version?: number;
          state: string;
          stuck_error?: string | null;
          stuck_since?: string | null;
          tenant_id: string;
          updated_at: string;
        };
        Update: {
          amount?: number;
          attempt?: number;
          awaited_since?: string | null;
          begun_attempt?: number;
          call_at?: string | null;
          created_at?: string;
          currency?: string;
          error?: string | null;
          failures?: number;
          held_until?: string | null;
          invoice_id?: string;
          known_at?: string | null;
          looks?: number;
          provider?: string;
          reference?: string | null;
          row_version?: number;
          state?: string;
          stuck_error?: string | null;
          stuck_since?: string | null;
          tenant_id?: string;
          updated_at?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'billing_payments_invoice_id_fkey';
            columns: ['invoice_id'];
            referencedRelation: 'billing_invoices';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'billing_payments_tenant_id_fkey';
            columns: ['tenant_id'];
            referencedRelation: 'tenants';
            referencedColumns: ['id'];
          },
        ];
      };
      billing_phases: {
        Row: {
          begun: boolean;
          components: NonNullable<Json>;
          ends_at: string | null;
          plan_version: string;
          seq: number;
          starts_at: string;
          subscription_id: string;
          trial: boolean;
        };
        Insert: {
          begun?: boolean;
          components: NonNullable<Json>;
          ends_at?: string | null;
          plan_version: string;
          seq: number;
          starts_at: string;
          subscription_id: string;
          trial: boolean;
        };
        Update: {
          begun?: boolean;
          components?: NonNullable<Json>;
          ends_at?: string | null;
          plan_version?: string;
          seq?: number;
          starts_at?: string;
          subscription_id?: string;
          trial?: boolean;
        };
        Relationships: [
          {
            foreignKeyName: 'billing_phases_plan_version_fkey';
            columns: ['plan_version'];
            referencedRelation: 'billing_newest_plans';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'billing_phases_plan_version_fkey';
            columns: ['plan_version'];
            referencedRelation: 'billing_plan_versions';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'billing_phases_subscription_id_fkey';
            columns: ['subscription_id'];
            referencedRelation: 'billing_subscriptions';
            referencedColumns: ['id'];
          },
        ];
      };
      billing_plan_versions: {
        Row: {
          created_at: string;
          effective_from: string;
          features: NonNullable<Json>;
          id: string;
          offers: Json | null;
          plan: string;
          quotas: NonNullable<Json>;
          trial_days: number | null;
          version: number;
          billing_plan_entitle: undefined | null;
          billing_plan_terms: {
            created_at: string;
            enabled: boolean | null;
            enforcement: string | null;
            feature: string;
            id: number;
            limit_amount: number | null;
            period: string | null;
            plan: string | null;
            row_version: number;
            tenant_id: string | null;
            updated_at: string;
            value: Json | null;
          } | null;
        };
        Insert: {
          created_at?: string;
          effective_from: string;
          features?: NonNullable<Json>;
          id: string;
          offers?: Json | null;
          plan: string;
          quotas: NonNullable<Json>;
          trial_days?: number | null;
          version: number;
        };
        Update: {
          created_at?: string;
          effective_from?: string;
          features?: NonNullable<Json>;
          id?: string;
          offers?: Json | null;
          plan?: string;
          quotas?: NonNullable<Json>;
          trial_days?: number | null;
          version?: number;
        };
        Relationships: [];
      };
      billing_provider_customers: {
        Row: {
          created_at: string;
          provider: string;
          reference: string;
          tenant_id: string;
        };
        Insert: {
          created_at?: string;
          provider: string;
          reference: string;
          tenant_id: string;
        };
        Update: {
          created_at?: string;
          provider?: string;
          reference?: string;
          tenant_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'billing_provider_customers_tenant_id_fkey';
            columns: ['tenant_id'];
            referencedRelation: 'tenants';
            referencedColumns: ['id'];
          },
        ];
      };
      billing_receipts: {
        Row: {
          amount: number;
          applied: number;
          at: string;
          invoice_id: string;
          provider: string;
          reference: string;
          tenant_id: string;
        };
        Insert: {
          amount: number;
          applied: number;
          at: string;
          invoice_id: string;
          provider: string;
          reference: string;
          tenant_id: string;
        };
        Update: {
          amount?: number;
          applied?: number;
          at?: string;
          invoice_id?: string;
          provider?: string;
          reference?: string;
          tenant_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'billing_receipts_invoice_id_fkey';
            columns: ['invoice_id'];
            referencedRelation: 'billing_invoices';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'billing_receipts_tenant_id_fkey';
            columns: ['tenant_id'];
            referencedRelation: 'tenants';
            referencedColumns: ['id'];
          },
        ];
      };
      billing_reminders: {
        Row: {
          day: number;
          invoice_id: string;
          reminded_at: string;
        };
        Insert: {
          day: number;
          invoice_id: string;
          reminded_at: string;
        };
        Update: {
          day?: number;
          invoice_id?: string;
          reminded_at?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'billing_reminders_invoice_id_fkey';
            columns: ['invoice_id'];
            referencedRelation: 'billing_invoices';
            referencedColumns: ['id'];
          },
        ];
      };
      billing_run_items: {
        Row: {
          amount: number;
          at: string;
          currency: string;
          error: Json | null;
          invoice_id: string | null;
          kind: string;
          lines: Json | null;
          n: number;
          outcome: string;
          period_from: string;
          period_index: number;
          period_to: string;
          run_id: string;
          subscription_id: string;
          tenant_id: string;
        };
        Insert: {
          amount: number;
          at: string;
          currency: string;
          error?: Json | null;
          invoice_id?: string | null;
          kind: string;
          lines?: Json | null;
          n?: never;
          outcome: string;
          period_from: string;
          period_index: number;
          period_to: string;
          run_id: string;
          subscription_id: string;
          tenant_id: string;
        };
        Update: {
          amount?: number;
          at?: string;
          currency?: string;
          error?: Json | null;
          invoice_id?: string | null;
          kind?: string;
          lines?: Json | null;
          n?: never;
          outcome?: string;
          period_from?: string;
          period_index?: number;
          period_to?: string;
          run_id?: string;
          subscription_id?: string;
          tenant_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'billing_run_items_run_id_fkey';
            columns: ['run_id'];
            referencedRelation: 'billing_runs';
            referencedColumns: ['id'];
          },
        ];
      };
      billing_runs: {
        Row: {
          as_of: string;
          created_at: string;
          dry_run: boolean;
          error: Json | null;
          finished_at: string | null;
          id: string;
          items_removed_at: string | null;
          request_id: string | null;
          requested_by: string;
          scheduled: boolean;
          seq: number;
          started_at: string | null;
          status: string;
          summary: Json | null;
          tenants: string[] | null;
          total: number | null;
          billing_run_json: Json | null;
        };
        Insert: {
          as_of: string;
          created_at?: string;
          dry_run: boolean;
          error?: Json | null;
          finished_at?: string | null;
          id: string;
          items_removed_at?: string | null;
          request_id?: string | null;
          requested_by: string;
          scheduled?: boolean;
          seq?: never;
          started_at?: string | null;
          status?: string;
          summary?: Json | null;
          tenants?: string[] | null;
          total?: number | null;
        };
        Update: {
          as_of?: string;
          created_at?: string;
          dry_run?: boolean;
          error?: Json | null;
          finished_at?: string | null;
          id?: string;
          items_removed_at?: string | null;
          request_id?: string | null;
          requested_by?: string;
          scheduled?: boolean;
          seq?: never;
          started_at?: string | null;
          status?: string;
          summary?: Json | null;
          tenants?: string[] | null;
          total?: number | null;
        };
        Relationships: [];
      };
      billing_seller: {
        Row: {
          address: NonNullable<Json>;
          created_at: string;
          email: string | null;
          name: string;
          one: boolean;
          payment_note: string | null;
          row_version: number;
          tax_id: string | null;
          updated_at: string;
        };
        Insert: {
          address: NonNullable<Json>;
          created_at?: string;
          email?: string | null;
          name: string;
          one?: boolean;
          payment_note?: string | null;
          row_version?: number;
          tax_id?: string | null;
          updated_at?: string;
        };
        Update: {
          address?: NonNullable<Json>;
          created_at?: string;
          email?: string | null;
          name?: string;
          one?: boolean;
          payment_note?: string | null;
          row_version?: number;
          tax_id?: string | null;
          updated_at?: string;
        };
        Relationships: [];
      };
      billing_stale_costs: {
        Row: {
          day: string;
          tenant_id: string;
        };
        Insert: {
          day: string;
          tenant_id: string;
        };
        Update: {
          day?: string;
          tenant_id?: string;
        };
        Relationships: [];
      };
      billing_subscriptions: {
        Row: {
          anchor_at: string;
          billing_interval: string;
          created_at: string;
          currency: string;
          ends_at: string | null;
          id: string;
          next_period: number;
          next_period_from: string;
          next_period_to: string;
          past_due_since: string | null;
          row_version: number;
          started_at: string;
          status: string;
          suspended_at: string | null;
          suspension_reason: string | null;
          tenant_id: string;
          time_zone: string;
          trial_end: string;
          trial_ends_at: string | null;
          updated_at: string;
          billing_subscription_json: Json | null;
          billing_subscription_state: Json | null;
        };
        Insert: {
          anchor_at: string;
          billing_interval: string;
          created_at?: string;
          currency: string;
          ends_at?: string | null;
          id: string;
          next_period?: number;
          next_period_from: string;
          next_period_to: string;
          past_due_since?: string | null;
          row_version?: number;
          started_at: string;
          status: string;
          suspended_at?: string | null;
          suspension_reason?: string | null;
          tenant_id: string;
          time_zone: string;
          trial_end?: string;
          trial_ends_at?: string | null;
          updated_at?: string;
        };
        Update: {
          anchor_at?: string;
          billing_interval?: string;
          created_at?: string;
          currency?: string;
          ends_at?: string | null;
          id?: string;
          next_period?: number;
          next_period_from?: string;
          next_period_to?: string;
          past_due_since?: string | null;
          row_version?: number;
          started_at?: string;
          status?: string;
          suspended_at?: string | null;
          suspension_reason?: string | null;
          tenant_id?: string;
          time_zone?: string;
          trial_end?: string;
          trial_ends_at?: string | null;
          updated_at?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'billing_subscriptions_tenant_id_fkey';
            columns: ['tenant_id'];
            referencedRelation: 'tenants';
            referencedColumns: ['id'];
          },
        ];
      };
      billing_webhook_events: {
        Row: {
          attempts: number;
          event: NonNullable<Json>;
          happened_at: string;
          id: string;
          note: string | null;
          provider: string;
          received_at: string;
          state: string;
          treated_at: string | null;
          type: string;
        };
        Insert: {
          attempts?: number;
          event: NonNullable<Json>;
          happened_at: string;
          id: string;
          note?: string | null;
          provider: string;
          received_at: string;
          state: string;
          treated_at?: string | null;
          type: string;
        };
        Update: {
          attempts?: number;
          event?: NonNullable<Json>;
          happened_at?: string;
          id?: string;
          note?: string | null;
          provider?: string;
          received_at?: string;
          state?: string;
          treated_at?: string | null;
          type?: string;
        };
        Relationships: [];
      };
      blueprints: {
        Row: {
          created_at: string;
          digest: string;
          id: string;
          name: string;
          spec: NonNullable<Json>;
          version: number;
        };
        Insert: {
          created_at?: string;
          digest: string;
          id: string;
          name: string;
          spec: NonNullable<Json>;
          version: number;
        };
        Update: {
          created_at?: string;
          digest?: string;
          id?: string;
          name?: string;
          spec?: NonNullable<Json>;
          version?: number;
        };
        Relationships: [];
      };
      credential_changes: {
        Row: {
          at: string;
          kind: string;
          subject: string;
          version: number;
        };
        Insert: {
          at?: string;
          kind: string;
          subject: string;
          version: number;
        };
        Update: {
          at?: string;
          kind?: string;
          subject?: string;
          version?: number;
        };
        Relationships: [];
      };
      credential_version: {
        Row: {
          is_the_one: boolean;
          version: number;
        };
        Insert: {
          is_the_one?: boolean;
          version?: number;
        };
        Update: {
          is_the_one?: boolean;
          version?: number;
        };
        Relationships: [];
      };
      denied_attempts: {
        Row: {
          attempt: NonNullable<Json>;
          crowd: string;
          fold: string;
          further: number;
          last_at: string;
          minute: string;
        };
        Insert: {
          attempt: NonNullable<Json>;
          crowd: string;
          fold: string;
          further?: number;
          last_at?: string;
          minute: string;
        };
        Update: {
          attempt?: NonNullable<Json>;
          crowd?: string;
          fold?: string;
          further?: number;
          last_at?: string;
          minute?: string;
        };
        Relationships: [];
      };
      drift_scans: {
        Row: {
          at: string;
          id: number;
          result: NonNullable<Json>;
        };
        Insert: {
          at?: string;
          id?: never;
          result: NonNullable<Json>;
        };
        Update: {
          at?: string;
          id?: never;
          result?: NonNullable<Json>;
        };
        Relationships: [];
      };
      entitlements: {
        Row: {
          created_at: string;
          enabled: boolean | null;
          enforcement: string | null;
          feature: string;
          id: number;
          limit_amount: number | null;
          period: string | null;
          plan: string | null;
          row_version: number;
          tenant_id: string | null;
          updated_at: string;
          value: Json | null;
          entitlement_json: Json | null;
        };
        Insert: {
          created_at?: string;
          enabled?: boolean | null;
          enforcement?: string | null;
          feature: string;
          id?: never;
          limit_amount?: number | null;
          period?: string | null;
          plan?: string | null;
          row_version?: number;
          tenant_id?: string | null;
          updated_at?: string;
          value?: Json | null;
        };
        Update: {
          created_at?: string;
          enabled?: boolean | null;
          enforcement?: string | null;
          feature?: string;
          id?: never;
          limit_amount?: number | null;
          period?: string | null;
          plan?: string | null;
          row_version?: number;
          tenant_id?: string | null;
          updated_at?: string;
          value?: Json | null;
        };
        Relationships: [
          {
            foreignKeyName: 'entitlements_feature_fkey';
            columns: ['feature'];
            referencedRelation: 'features';
            referencedColumns: ['slug'];
          },
          {
            foreignKeyName: 'entitlements_tenant_id_fkey';
            columns: ['tenant_id'];
            referencedRelation: 'tenants';
            referencedColumns: ['id'];
          },
        ];
      };
      features: {
        Row: {
          built_in: boolean;
          counted_by: string | null;
          created_at: string;
          description: string | null;
          kind: string;
          meter: string | null;
          name: string;
          row_version: number;
          slug: string;
          updated_at: string;
          feature_json: Json | null;
        };
        Insert: {
          built_in?: boolean;
          counted_by?: string | null;
          created_at?: string;
          description?: string | null;
          kind: string;
          meter?: string | null;
          name: string;
          row_version?: number;
          slug: string;
          updated_at?: string;
        };
        Update: {
          built_in?: boolean;
          counted_by?: string | null;
          created_at?: string;
          description?: string | null;
          kind?: string;
          meter?: string | null;
          name?: string;
          row_version?: number;
          slug?: string;
          updated_at?: string;
        };
        Relationships: [];
      };
      idempotency_keys: {
        Row: {
          answer: string | null;
          attempt: string | null;
          created_at: string;
          fingerprint: string;
          key: string;
          lease_until: string | null;
          owner: string;
          steps: NonNullable<Json>;
        };
        Insert: {
          answer?: string | null;
          attempt?: string | null;
          created_at?: string;
          fingerprint: string;
          key: string;
          lease_until?: string | null;
          owner: string;
          steps?: NonNullable<Json>;
        };
        Update: {
          answer?: string | null;
          attempt?: string | null;
          created_at?: string;
          fingerprint?: string;
          key?: string;
          lease_until?: string | null;
          owner?: string;
          steps?: NonNullable<Json>;
        };
        Relationships: [];
      };
      instance_hosts: {
        Row: {
          host: string;
          instance_id: string;
        };
        Insert: {
          host: string;
          instance_id: string;
        };
        Update: {
          host?: string;
          instance_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'instance_hosts_instance_id_fkey';
            columns: ['instance_id'];
            referencedRelation: 'instance_rows';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'instance_hosts_instance_id_fkey';
            columns: ['instance_id'];
            referencedRelation: 'instances';
            referencedColumns: ['id'];
          },
        ];
      };
      instances: {
        Row: {
          applied: Json | null;
          blueprint: string;
          blueprint_version: number;
          cluster: string;
          created_at: string;
          desired_state: string;
          drift_checked_at: string | null;
          drift_findings: NonNullable<Json>;
          drift_state: string;
          id: string;
          name: string;
          namespace: string;
          observed: NonNullable<Json>;
          ready_at: string | null;
          release: string;
          repair_after: string | null;
          repair_attempts: number;
          row_version: number;
          sealed_secrets: string | null;
          secrets_hash: string | null;
          spec_pending: boolean;
          status: string;
          status_reason: string | null;
          stopped_replicas: Json | null;
          synced_at: string | null;
          tenant_id: string;
          updated_at: string;
          urls: NonNullable<Json>;
          values: NonNullable<Json>;
          spec_of: Json | null;
          spec_to_go_back_to: Json | null;
        };
        Insert: {
          applied?: Json | null;
          blueprint: string;
          blueprint_version: number;
          cluster: string;
          created_at?: string;
          desired_state: string;
          drift_checked_at?: string | null;
          drift_findings?: NonNullable<Json>;
          drift_state?: string;
          id: string;
          name: string;
          namespace: string;
          observed?: NonNullable<Json>;
          ready_at?: string | null;
          release: string;
          repair_after?: string | null;
          repair_attempts?: number;
          row_version?: number;
          sealed_secrets?: string | null;
          secrets_hash?: string | null;
          spec_pending?: boolean;
          status: string;
          status_reason?: string | null;
          stopped_replicas?: Json | null;
          synced_at?: string | null;
          tenant_id: string;
          updated_at?: string;
          urls?: NonNullable<Json>;
          values?: NonNullable<Json>;
        };
        Update: {
          applied?: Json | null;
          blueprint?: string;
          blueprint_version?: number;
          cluster?: string;
          created_at?: string;
          desired_state?: string;
          drift_checked_at?: string | null;
          drift_findings?: NonNullable<Json>;
          drift_state?: string;
          id?: string;
          name?: string;
          namespace?: string;
          observed?: NonNullable<Json>;
          ready_at?: string | null;
          release?: string;
          repair_after?: string | null;
          repair_attempts?: number;
          row_version?: number;
          sealed_secrets?: string | null;
          secrets_hash?: string | null;
          spec_pending?: boolean;
          status?: string;
          status_reason?: string | null;
          stopped_replicas?: Json | null;
          synced_at?: string | null;
          tenant_id?: string;
          updated_at?: string;
          urls?: NonNullable<Json>;
          values?: NonNullable<Json>;
        };
        Relationships: [
          {
            foreignKeyName: 'instances_blueprint_blueprint_version_fkey';
            columns: ['blueprint', 'blueprint_version'];
            referencedRelation: 'blueprints';
            referencedColumns: ['name', 'version'];
          },
          {
            foreignKeyName: 'instances_blueprint_blueprint_version_fkey';
            columns: ['blueprint', 'blueprint_version'];
            referencedRelation: 'newest_blueprints';
            referencedColumns: ['name', 'version'];
          },
          {
            foreignKeyName: 'instances_tenant_id_fkey';
            columns: ['tenant_id'];
            referencedRelation: 'tenants';
            referencedColumns: ['id'];
          },
        ];
      };
      operations: {
        Row: {
          attempts: number;
          created_at: string;
          error: Json | null;
          finished_at: string | null;
          id: string;
          instance_id: string;
          kind: string;
          params: NonNullable<Json>;
          previous_spec: Json | null;
          program: Json | null;
          progress: number;
          request_id: string | null;
          requested_by: string;
          seq: number;
          started_at: string | null;
          status: string;
          steps: NonNullable<Json>;
          tenant_id: string;
          operation_json: Json | null;
        };
        Insert: {
          attempts?: number;
          created_at?: string;
          error?: Json | null;
          finished_at?: string | null;
          id: string;
          instance_id: string;
          kind: string;
          params?: NonNullable<Json>;
          previous_spec?: Json | null;
          program?: Json | null;
          progress?: number;
          request_id?: string | null;
          requested_by: string;
          seq?: never;
          started_at?: string | null;
          status?: string;
          steps?: NonNullable<Json>;
          tenant_id: string;
        };
        Update: {
          attempts?: number;
          created_at?: string;
          error?: Json | null;
          finished_at?: string | null;
          id?: string;
          instance_id?: string;
          kind?: string;
          params?: NonNullable<Json>;
          previous_spec?: Json | null;
          program?: Json | null;
          progress?: number;
          request_id?: string | null;
          requested_by?: string;
          seq?: never;
          started_at?: string | null;
          status?: string;
          steps?: NonNullable<Json>;
          tenant_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'operations_id_fkey';
            columns: ['id'];
            referencedRelation: 'tasks';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'operations_instance_id_fkey';
            columns: ['instance_id'];
            referencedRelation: 'instance_rows';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'operations_instance_id_fkey';
            columns: ['instance_id'];
            referencedRelation: 'instances';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'operations_tenant_id_fkey';
            columns: ['tenant_id'];
            referencedRelation: 'tenants';
            referencedColumns: ['id'];
          },
        ];
      };
      outbox: {
        Row: {
          at: string;
          attempts: number;
          delivered_at: string | null;
          fence: number;
          held_until: string | null;
          id: number;
          instance: Json | null;
          instance_id: string | null;
          last_error: string | null;
          payload: NonNullable<Json>;
          retry_at: string | null;
          tenant_id: string;
          topic: string;
        };
        Insert: {
          at?: string;
          attempts?: number;
          delivered_at?: string | null;
          fence?: number;
          held_until?: string | null;
          id?: never;
          instance?: Json | null;
          instance_id?: string | null;
          last_error?: string | null;
          payload: NonNullable<Json>;
          retry_at?: string | null;
          tenant_id: string;
          topic: string;
        };
        Update: {
          at?: string;
          attempts?: number;
          delivered_at?: string | null;
          fence?: number;
          held_until?: string | null;
          id?: never;
          instance?: Json | null;
          instance_id?: string | null;
          last_error?: string | null;
          payload?: NonNullable<Json>;
          retry_at?: string | null;
          tenant_id?: string;
          topic?: string;
        };
        Relationships: [];
      };
      quota_accounts: {
        Row: {
          feature: string;
          granted: number;
          period: string;
          period_end: string;
          period_start: string;
          reserved: number;
          settled_at: string;
          soft_limit_told: boolean;
          tenant_id: string;
          used: number;
        };
        Insert: {
          feature: string;
          granted?: number;
          period: string;
          period_end: string;
          period_start: string;
          reserved?: number;
          settled_at: string;
          soft_limit_told?: boolean;
          tenant_id: string;
          used?: number;
        };
        Update: {
          feature?: string;
          granted?: number;
          period?: string;
          period_end?: string;
          period_start?: string;
          reserved?: number;
          settled_at?: string;
          soft_limit_told?: boolean;
          tenant_id?: string;
          used?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'quota_accounts_feature_fkey';
            columns: ['feature'];
            referencedRelation: 'features';
            referencedColumns: ['slug'];
          },
          {
            foreignKeyName: 'quota_accounts_tenant_id_fkey';
            columns: ['tenant_id'];
            referencedRelation: 'tenants';
            referencedColumns: ['id'];
          },
        ];
      };
      quota_grants: {
        Row: {
          amount: number;
          burned: number;
          created_at: string;
          effective_at: string;
          expires_at: string | null;
          feature: string;
          forfeited: number;
          id: string;
          priority: number;
          rollover_max: number | null;
          row_version: number;
          tenant_id: string;
          updated_at: string;
          voided_at: string | null;
          quota_grant_json: Json | null;
        };
        Insert: {
          amount: number;
          burned?: number;
          created_at?: string;
          effective_at: string;
          expires_at?: string | null;
          feature: string;
          forfeited?: number;
          id: string;
          priority?: number;
          rollover_max?: number | null;
          row_version?: number;
          tenant_id: string;
          updated_at?: string;
          voided_at?: string | null;
        };
        Update: {
          amount?: number;
          burned?: number;
          created_at?: string;
          effective_at?: string;
          expires_at?: string | null;
          feature?: string;
          forfeited?: number;
          id?: string;
          priority?: number;
          rollover_max?: number | null;
          row_version?: number;
          tenant_id?: string;
          updated_at?: string;
          voided_at?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'quota_grants_feature_fkey';
            columns: ['feature'];
            referencedRelation: 'features';
            referencedColumns: ['slug'];
          },
          {
            foreignKeyName: 'quota_grants_tenant_id_fkey';
            columns: ['tenant_id'];
            referencedRelation: 'tenants';
            referencedColumns: ['id'];
          },
        ];
      };
      quota_reservations: {
        Row: {
          amount: number;
          committed: number | null;
          created_at: string;
          ended_at: string | null;
          expires_at: string;
          feature: string;
          from_grants: NonNullable<Json>;
          id: string;
          period_start: string;
          requested_by: string;
          state: string;
          tenant_id: string;
          quota_reservation_json: Json | null;
        };
        Insert: {
          amount: number;
          committed?: number | null;
          created_at: string;
          ended_at?: string | null;
          expires_at: string;
          feature: string;
          from_grants: NonNullable<Json>;
          id: string;
          period_start: string;
          requested_by: string;
          state?: string;
          tenant_id: string;
        };
        Update: {
          amount?: number;
          committed?: number | null;
          created_at?: string;
          ended_at?: string | null;
          expires_at?: string;
          feature?: string;
          from_grants?: NonNullable<Json>;
          id?: string;
          period_start?: string;
          requested_by?: string;
          state?: string;
          tenant_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'quota_reservations_feature_fkey';
            columns: ['feature'];
            referencedRelation: 'features';
            referencedColumns: ['slug'];
          },
          {
            foreignKeyName: 'quota_reservations_tenant_id_fkey';
            columns: ['tenant_id'];
            referencedRelation: 'tenants';
            referencedColumns: ['id'];
          },
        ];
      };
      rate_limit_windows: {
        Row: {
          ends_at: string;
          short: boolean;
          started_at: string;
          subject: string;
          used: number;
        };
        Insert: {
          ends_at: string;
          short?: boolean;
          started_at: string;
          subject: string;
          used?: number;
        };
        Update: {
          ends_at?: string;
          short?: boolean;
          started_at?: string;
          subject?: string;
          used?: number;
        };
        Relationships: [];
      };
      resource_samplings: {
        Row: {
          cluster: string;
          sampled_until: string;
        };
        Insert: {
          cluster: string;
          sampled_until: string;
        };
        Update: {
          cluster?: string;
          sampled_until?: string;
        };
        Relationships: [];
      };
      schedules: {
        Row: {
          holder: string | null;
          last_error: string | null;
          last_run_at: string | null;
          last_status: string | null;
          lease_until: string | null;
          name: string;
          next_run_at: string | null;
          slot: string;
        };
        Insert: {
          holder?: string | null;
          last_error?: string | null;
          last_run_at?: string | null;
          last_status?: string | null;
          lease_until?: string | null;
          name: string;
          next_run_at?: string | null;
          slot: string;
        };
        Update: {
          holder?: string | null;
          last_error?: string | null;
          last_run_at?: string | null;
          last_status?: string | null;
          lease_until?: string | null;
          name?: string;
          next_run_at?: string | null;
          slot?: string;
        };
        Relationships: [];
      };
      suspended_instances: {
        Row: {
          instance_id: string;
          operation_id: string;
        };
        Insert: {
          instance_id: string;
          operation_id: string;
        };
        Update: {
          instance_id?: string;
          operation_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'suspended_instances_instance_id_fkey';
            columns: ['instance_id'];
            referencedRelation: 'instance_rows';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'suspended_instances_instance_id_fkey';
            columns: ['instance_id'];
            referencedRelation: 'instances';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'suspended_instances_operation_id_fkey';
            columns: ['operation_id'];
            referencedRelation: 'operations';
            referencedColumns: ['id'];
          },
        ];
      };
      tasks: {
        Row: {
          cancel_requested: boolean;
          created_at: string;
          fence: number;
          finished_at: string | null;
          id: string;
          lease_until: string | null;
          queue: string;
          run_at: string;
          seq: number;
          state: string;
          subject: string;
          worker: string | null;
        };
        Insert: {
          cancel_requested?: boolean;
          created_at?: string;
          fence?: number;
          finished_at?: string | null;
          id: string;
          lease_until?: string | null;
          queue: string;
          run_at?: string;
          seq?: never;
          state?: string;
          subject: string;
          worker?: string | null;
        };
        Update: {
          cancel_requested?: boolean;
          created_at?: string;
          fence?: number;
          finished_at?: string | null;
          id?: string;
          lease_until?: string | null;
          queue?: string;
          run_at?: string;
          seq?: never;
          state?: string;
          subject?: string;
          worker?: string | null;
        };
        Relationships: [];
      };
      tenant_member_spans: {
        Row: {
          joined_at: string;
          left_at: string | null;
          tenant_id: string;
          user_id: string;
        };
        Insert: {
          joined_at: string;
          left_at?: string | null;
          tenant_id: string;
          user_id: string;
        };
        Update: {
          joined_at?: string;
          left_at?: string | null;
          tenant_id?: string;
          user_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'tenant_member_spans_tenant_id_fkey';
            columns: ['tenant_id'];
            referencedRelation: 'tenants';
            referencedColumns: ['id'];
          },
        ];
      };
      tenant_members: {
        Row: {
          created_at: string;
          role: string;
          row_version: number;
          tenant_id: string;
          updated_at: string;
          user_id: string;
        };
        Insert: {
          created_at?: string;
          role: string;
          row_version?: number;
          tenant_id: string;
          updated_at?: string;
          user_id: string;
        };
        Update: {
          created_at?: string;
          role?: string;
          row_version?: number;
          tenant_id?: string;
          updated_at?: string;
          user_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'tenant_members_tenant_id_fkey';
            columns: ['tenant_id'];
            referencedRelation: 'tenants';
            referencedColumns: ['id'];
          },
        ];
      };
      tenant_suspensions: {
        Row: {
          reason: string | null;
          source: string;
          suspended_at: string;
          tenant_id: string;
        };
        Insert: {
          reason?: string | null;
          source: string;
          suspended_at?: string;
          tenant_id: string;
        };
        Update: {
          reason?: string | null;
          source?: string;
          suspended_at?: string;
          tenant_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'tenant_suspensions_tenant_id_fkey';
            columns: ['tenant_id'];
            referencedRelation: 'tenants';
            referencedColumns: ['id'];
          },
        ];
      };
      tenants: {
        Row: {
          created_at: string;
          delete_requested_at: string | null;
          deleted_at: string | null;
          id: string;
          metadata: NonNullable<Json>;
          name: string;
          plan: string;
          row_version: number;
          slug: string;
          time_zone: string;
          updated_at: string;
        };
        Insert: {
          created_at?: string;
          delete_requested_at?: string | null;
          deleted_at?: string | null;
          id: string;
          metadata?: NonNullable<Json>;
          name: string;
          plan?: string;
          row_version?: number;
          slug: string;
          time_zone?: string;
          updated_at?: string;
        };
        Update: {
          created_at?: string;
          delete_requested_at?: string | null;
          deleted_at?: string | null;
          id?: string;
          metadata?: NonNullable<Json>;
          name?: string;
          plan?: string;
          row_version?: number;
          slug?: string;
          time_zone?: string;
          updated_at?: string;
        };
        Relationships: [];
      };
      usage_daily: {
        Row: {
          agent_count: number | null;
          api_calls: number | null;
          created_at: string;
          messages_sent: number | null;
          metric_date: string;
          storage_mb: number | null;
          tenant_id: string;
          updated_at: string;
        };
        Insert: {
          agent_count?: number | null;
          api_calls?: number | null;
          created_at?: string;
          messages_sent?: number | null;
          metric_date: string;
          storage_mb?: number | null;
          tenant_id: string;
          updated_at?: string;
        };
        Update: {
          agent_count?: number | null;
          api_calls?: number | null;
          created_at?: string;
          messages_sent?: number | null;
          metric_date?: string;
          storage_mb?: number | null;
          tenant_id?: string;
          updated_at?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'usage_daily_tenant_id_fkey';
            columns: ['tenant_id'];
            referencedRelation: 'tenants';
            referencedColumns: ['id'];
          },
        ];
      };
      usage_daily_increments: {
        Row: {
          agent_count: number | null;
          api_calls: number | null;
          messages_sent: number | null;
          metric_date: string;
          storage_mb: number | null;
          tenant_id: string;
        };
        Insert: {
          agent_count?: number | null;
          api_calls?: number | null;
          messages_sent?: number | null;
          metric_date: string;
          storage_mb?: number | null;
          tenant_id: string;
        };
        Update: {
          agent_count?: number | null;
          api_calls?: number | null;
          messages_sent?: number | null;
          metric_date?: string;
          storage_mb?: number | null;
          tenant_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'usage_daily_increments_tenant_id_fkey';
            columns: ['tenant_id'];
            referencedRelation: 'tenants';
            referencedColumns: ['id'];
          },
        ];
      };
      usage_daily_runs: {
        Row: {
          finished_at: string;
          metric_date: string;
        };
        Insert: {
          finished_at?: string;
          metric_date: string;
        };
        Update: {
          finished_at?: string;
          metric_date?: string;
        };
        Relationships: [];
      };
      usage_deltas: {
        Row: {
          bucket: string;
          count: number;
          dims: NonNullable<Json>;
          latest: number | null;
          latest_at: string | null;
          latest_seq: number | null;
          max: number | null;
          meter_id: number;
          min: number | null;
          seq: number;
          sum: number | null;
          tenant_id: string;
        };
        Insert: {
          bucket: string;
          count: number;
          dims: NonNullable<Json>;
          latest?: number | null;
          latest_at?: string | null;
          latest_seq?: number | null;
          max?: number | null;
          meter_id: number;
          min?: number | null;
          seq?: never;
          sum?: number | null;
          tenant_id: string;
        };
        Update: {
          bucket?: string;
          count?: number;
          dims?: NonNullable<Json>;
          latest?: number | null;
          latest_at?: string | null;
          latest_seq?: number | null;
          max?: number | null;
          meter_id?: number;
          min?: number | null;
          seq?: never;
          sum?: number | null;
          tenant_id?: string;
        };
        Relationships: [];
      };
      usage_distinct_values: {
        Row: {
          bucket: string;
          dims: NonNullable<Json>;
          dims_hash: string;
          meter_id: number;
          tenant_id: string;
          value_hash: string;
        };
        Insert: {
          bucket: string;
          dims: NonNullable<Json>;
          dims_hash: string;
          meter_id: number;
          tenant_id: string;
          value_hash: string;
        };
        Update: {
          bucket?: string;
          dims?: NonNullable<Json>;
          dims_hash?: string;
          meter_id?: number;
          tenant_id?: string;
          value_hash?: string;
        };
        Relationships: [];
      };
      usage_event_keys: {
        Row: {
          fingerprint: string;
          key: string;
          received_at: string;
          seq: number;
          tenant_id: string;
          time: string;
        };
        Insert: {
          fingerprint: string;
          key: string;
          received_at: string;
          seq: number;
          tenant_id: string;
          time: string;
        };
        Update: {
          fingerprint?: string;
          key?: string;
          received_at?: string;
          seq?: number;
          tenant_id?: string;
          time?: string;
        };
        Relationships: [];
      };
      usage_events: {
        Row: {
          data: Json | null;
          event_id: string;
          extra: NonNullable<Json>;
          received_at: string;
          seq: number;
          source: string;
          tenant_id: string;
          time: string;
          type: string;
          void_reason: string | null;
          voided_at: string | null;
          voided_by: string | null;
        };
        Insert: {
          data?: Json | null;
          event_id: string;
          extra: NonNullable<Json>;
          received_at: string;
          seq: number;
          source: string;
          tenant_id: string;
          time: string;
          type: string;
          void_reason?: string | null;
          voided_at?: string | null;
          voided_by?: string | null;
        };
        Update: {
          data?: Json | null;
          event_id?: string;
          extra?: NonNullable<Json>;
          received_at?: string;
          seq?: number;
          source?: string;
          tenant_id?: string;
          time?: string;
          type?: string;
          void_reason?: string | null;
          voided_at?: string | null;
          voided_by?: string | null;
        };
        Relationships: [];
      };
      usage_gauges: {
        Row: {
          area: number;
          bucket: string;
          dims: NonNullable<Json>;
          dims_hash: string;
          first_at: string;
          last: number;
          last_at: string;
          meter_id: number;
          tenant_id: string;
        };
        Insert: {
          area: number;
          bucket: string;
          dims: NonNullable<Json>;
          dims_hash: string;
          first_at: string;
          last: number;
          last_at: string;
          meter_id: number;
          tenant_id: string;
        };
        Update: {
          area?: number;
          bucket?: string;
          dims?: NonNullable<Json>;
          dims_hash?: string;
          first_at?: string;
          last?: number;
          last_at?: string;
          meter_id?: number;
          tenant_id?: string;
        };
        Relationships: [];
      };
      usage_instance_intervals: {
        Row: {
          agents: number | null;
          at: string;
          blueprint: string | null;
          ended_at: string | null;
          instance_id: string;
          message_id: number;
          part: number;
          started_at: string;
          status: string;
          submitted_until: string | null;
          tenant_id: string;
        };
        Insert: {
          agents?: number | null;
          at: string;
          blueprint?: string | null;
          ended_at?: string | null;
          instance_id: string;
          message_id: number;
          part?: number;
          started_at: string;
          status: string;
          submitted_until?: string | null;
          tenant_id: string;
        };
        Update: {
          agents?: number | null;
          at?: string;
          blueprint?: string | null;
          ended_at?: string | null;
          instance_id?: string;
          message_id?: number;
          part?: number;
          started_at?: string;
          status?: string;
          submitted_until?: string | null;
          tenant_id?: string;
        };
        Relationships: [];
      };
      usage_late_changes: {
        Row: {
          ends_at: string;
          first_at: string;
          meter_id: number;
          starts_at: string;
          tenant_id: string;
        };
        Insert: {
          ends_at: string;
          first_at?: string;
          meter_id: number;
          starts_at: string;
          tenant_id: string;
        };
        Update: {
          ends_at?: string;
          first_at?: string;
          meter_id?: number;
          starts_at?: string;
          tenant_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'usage_late_changes_meter_id_fkey';
            columns: ['meter_id'];
            referencedRelation: 'usage_measures';
            referencedColumns: ['meter_id'];
          },
          {
            foreignKeyName: 'usage_late_changes_meter_id_fkey';
            columns: ['meter_id'];
            referencedRelation: 'usage_meters';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'usage_late_changes_tenant_id_starts_at_ends_at_fkey';
            columns: ['tenant_id', 'starts_at', 'ends_at'];
            referencedRelation: 'usage_periods';
            referencedColumns: ['tenant_id', 'starts_at', 'ends_at'];
          },
        ];
      };
      usage_meters: {
        Row: {
          aggregation: string;
          backfill_day: string | null;
          backfill_tenant: string | null;
          conditions: Database['public']['CompositeTypes']['usage_filter'][];
          created_at: string;
          deleted_at: string | null;
          description: string | null;
          dimensions: Database['public']['CompositeTypes']['usage_dimension'][];
          event_type: string;
          filters: NonNullable<Json>;
          group_by: NonNullable<Json>;
          id: number;
          metadata: NonNullable<Json>;
          name: string;
          retention_days: number | null;
          row_version: number;
          slug: string;
          unit: string | null;
          updated_at: string;
          valid_from: string;
          valid_to: string;
          value_path: string[] | null;
          value_property: string | null;
          version: number;
          usage_meter_json: Json | null;
        };
        Insert: {
          aggregation: string;
          backfill_day?: string | null;
          backfill_tenant?: string | null;
          conditions?: Database['public']['CompositeTypes']['usage_filter'][];
          created_at?: string;
          deleted_at?: string | null;
          description?: string | null;
          dimensions?: Database['public']['CompositeTypes']['usage_dimension'][];
          event_type: string;
          filters?: NonNullable<Json>;
          group_by?: NonNullable<Json>;
          id?: never;
          metadata?: NonNullable<Json>;
          name: string;
          retention_days?: number | null;
          row_version?: number;
          slug: string;
          unit?: string | null;
          updated_at?: string;
          valid_from?: string;
          valid_to?: string;
          value_path?: string[] | null;
          value_property?: string | null;
          version?: number;
        };
        Update: {
          aggregation?: string;
          backfill_day?: string | null;
          backfill_tenant?: string | null;
          conditions?: Database['public']['CompositeTypes']['usage_filter'][];
          created_at?: string;
          deleted_at?: string | null;
          description?: string | null;
          dimensions?: Database['public']['CompositeTypes']['usage_dimension'][];
          event_type?: string;
          filters?: NonNullable<Json>;
          group_by?: NonNullable<Json>;
          id?: never;
          metadata?: NonNullable<Json>;
          name?: string;
          retention_days?: number | null;
          row_version?: number;
          slug?: string;
          unit?: string | null;
          updated_at?: string;
          valid_from?: string;
          valid_to?: string;
          value_path?: string[] | null;
          value_property?: string | null;
          version?: number;
        };
        Relationships: [];
      };
      usage_periods: {
        Row: {
          closed_at: string | null;
          ends_at: string;
          starts_at: string;
          tenant_id: string;
        };
        Insert: {
          closed_at?: string | null;
          ends_at: string;
          starts_at: string;
          tenant_id: string;
        };
        Update: {
          closed_at?: string | null;
          ends_at?: string;
          starts_at?: string;
          tenant_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'usage_periods_tenant_id_fkey';
            columns: ['tenant_id'];
            referencedRelation: 'tenants';
            referencedColumns: ['id'];
          },
        ];
      };
      usage_retention: {
        Row: {
          kept_from: string;
          one: boolean;
        };
        Insert: {
          kept_from: string;
          one?: boolean;
        };
        Update: {
          kept_from?: string;
          one?: boolean;
        };
        Relationships: [];
      };
      usage_rollups: {
        Row: {
          bucket: string;
          count: number;
          dims: NonNullable<Json>;
          dims_hash: string;
          grain: number;
          latest: number | null;
          latest_at: string | null;
          latest_seq: number | null;
          max: number | null;
          meter_id: number;
          min: number | null;
          sum: number | null;
          tenant_id: string;
        };
        Insert: {
          bucket: string;
          count: number;
          dims: NonNullable<Json>;
          dims_hash: string;
          grain: number;
          latest?: number | null;
          latest_at?: string | null;
          latest_seq?: number | null;
          max?: number | null;
          meter_id: number;
          min?: number | null;
          sum?: number | null;
          tenant_id: string;
        };
        Update: {
          bucket?: string;
          count?: number;
          dims?: NonNullable<Json>;
          dims_hash?: string;
          grain?: number;
          latest?: number | null;
          latest_at?: string | null;
          latest_seq?: number | null;
          max?: number | null;
          meter_id?: number;
          min?: number | null;
          sum?: number | null;
          tenant_id?: string;
        };
        Relationships: [];
      };
      usage_stale_gauges: {
        Row: {
          bucket: string;
          meter_id: number;
          seq: number;
          tenant_id: string;
        };
        Insert: {
          bucket: string;
          meter_id: number;
          seq?: never;
          tenant_id: string;
        };
        Update: {
          bucket?: string;
          meter_id?: number;
          seq?: never;
          tenant_id?: string;
        };
        Relationships: [];
      };
    };
    Views: {
      api_key_rows: {
        Row: {
          created_at: string | null;
          created_by: string | null;
          expires_at: string | null;
          id: string | null;
          last_used_at: string | null;
          name: string | null;
          prefix: string | null;
          rate_limit_per_minute: number | null;
          revoked_at: string | null;
          rotated_from: string | null;
          row_version: number | null;
          scopes: string[] | null;
          tenant_id: string | null;
          updated_at: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'api_keys_rotated_from_fkey';
            columns: ['rotated_from'];
            referencedRelation: 'api_key_rows';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'api_keys_rotated_from_fkey';
            columns: ['rotated_from'];
            referencedRelation: 'api_keys';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'api_keys_tenant_id_fkey';
            columns: ['tenant_id'];
            referencedRelation: 'tenants';
            referencedColumns: ['id'];
          },
        ];
      };
      audit_checkpoint_rows: {
        Row: {
          at: string | null;
          hash: string | null;
          heads: Json | null;
          key_id: string | null;
          number: number | null;
          prev_hash: string | null;
          signature: string | null;
        };
        Insert: {
          at?: string | null;
          hash?: never;
          heads?: Json | null;
          key_id?: string | null;
          number?: number | null;
          prev_hash?: never;
          signature?: string | null;
        };
        Update: {
          at?: string | null;
          hash?: never;
          heads?: Json | null;
          key_id?: string | null;
          number?: number | null;
          prev_hash?: never;
          signature?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'audit_checkpoints_key_id_fkey';
            columns: ['key_id'];
            referencedRelation: 'audit_signing_keys';
            referencedColumns: ['key_id'];
          },
        ];
      };
      audit_entries: {
        Row: {
          action: string | null;
          actor: string | null;
          address: string | null;
          after: string | null;
          at: string | null;
          before: string | null;
          chain: string | null;
          credential: string | null;
          digest: string | null;
          expired_at: string | null;
          hash: string | null;
          id: number | null;
          nonce: string | null;
          prev_hash: string | null;
          request_id: string | null;
          resource_id: string | null;
          resource_type: string | null;
          seq: number | null;
          tenant_id: string | null;
          time: string | null;
        };
        Insert: {
          action?: string | null;
          actor?: string | null;
          address?: string | null;
          after?: never;
          at?: string | null;
          before?: never;
          chain?: string | null;
          credential?: string | null;
          digest?: never;
          expired_at?: string | null;
          hash?: never;
          id?: number | null;
          nonce?: never;
          prev_hash?: never;
          request_id?: string | null;
          resource_id?: string | null;
          resource_type?: string | null;
          seq?: number | null;
          tenant_id?: string | null;
          time?: never;
        };
        Update: {
          action?: string | null;
          actor?: string | null;
          address?: string | null;
          after?: never;
          at?: string | null;
          before?: never;
          chain?: string | null;
          credential?: string | null;
          digest?: never;
          expired_at?: string | null;
          hash?: never;
          id?: number | null;
          nonce?: never;
          prev_hash?: never;
          request_id?: string | null;
          resource_id?: string | null;
          resource_type?: string | null;
          seq?: number | null;
          tenant_id?: string | null;
          time?: never;
        };
        Relationships: [];
      };
      audit_heads: {
        Row: {
          chain: string | null;
          hash: string | null;
          seq: number | null;
        };
        Insert: {
          chain?: string | null;
          hash?: never;
          seq?: number | null;
        };
        Update: {
          chain?: string | null;
          hash?: never;
          seq?: number | null;
        };
        Relationships: [];
      };
      billing_newest_plans: {
        Row: {
          created_at: string | null;
          effective_from: string | null;
          features: Json | null;
          id: string | null;
          offers: Json | null;
          plan: string | null;
          quotas: Json | null;
          trial_days: number | null;
          version: number | null;
        };
        Relationships: [];
      };
      instance_rows: {
        Row: {
          applied: Json | null;
          blueprint: string | null;
          blueprint_version: number | null;
          cluster: string | null;
          created_at: string | null;
          desired_state: string | null;
          drift_checked_at: string | null;
          drift_findings: Json | null;
          drift_state: string | null;
          has_secrets: boolean | null;
          id: string | null;
          name: string | null;
          namespace: string | null;
          observed: Json | null;
          ready_at: string | null;
          release: string | null;
          repair_after: string | null;
          repair_attempts: number | null;
          row_version: number | null;
          status: string | null;
          status_reason: string | null;
          stopped_replicas: Json | null;
          synced_at: string | null;
          tenant_id: string | null;
          updated_at: string | null;
          urls: Json | null;
          values: Json | null;
        };
        Insert: {
          applied?: Json | null;
          blueprint?: string | null;
          blueprint_version?: number | null;
          cluster?: string | null;
          created_at?: string | null;
          desired_state?: string | null;
          drift_checked_at?: string | null;
          drift_findings?: Json | null;
          drift_state?: string | null;
          has_secrets?: never;
          id?: string | null;
          name?: string | null;
          namespace?: string | null;
          observed?: Json | null;
          ready_at?: string | null;
          release?: string | null;
          repair_after?: string | null;
          repair_attempts?: number | null;
          row_version?: number | null;
          status?: string | null;
          status_reason?: string | null;
          stopped_replicas?: Json | null;
          synced_at?: string | null;
          tenant_id?: string | null;
          updated_at?: string | null;
          urls?: Json | null;
          values?: Json | null;
        };
        Update: {
          applied?: Json | null;
          blueprint?: string | null;
          blueprint_version?: number | null;
          cluster?: string | null;
          created_at?: string | null;
          desired_state?: string | null;
          drift_checked_at?: string | null;
          drift_findings?: Json | null;
          drift_state?: string | null;
          has_secrets?: never;
          id?: string | null;
          name?: string | null;
          namespace?: string | null;
          observed?: Json | null;
          ready_at?: string | null;
          release?: string | null;
          repair_after?: string | null;
          repair_attempts?: number | null;
          row_version?: number | null;
          status?: string | null;
          status_reason?: string | null;
          stopped_replicas?: Json | null;
          synced_at?: string | null;
          tenant_id?: string | null;
          updated_at?: string | null;
          urls?: Json | null;
          values?: Json | null;
        };
        Relationships: [
          {
            foreignKeyName: 'instances_blueprint_blueprint_version_fkey';
            columns: ['blueprint', 'blueprint_version'];
            referencedRelation: 'blueprints';
            referencedColumns: ['name', 'version'];
          },
          {
            foreignKeyName: 'instances_blueprint_blueprint_version_fkey';
            columns: ['blueprint', 'blueprint_version'];
            referencedRelation: 'newest_blueprints';
            referencedColumns: ['name', 'version'];
          },
          {
            foreignKeyName: 'instances_tenant_id_fkey';
            columns: ['tenant_id'];
            referencedRelation: 'tenants';
            referencedColumns: ['id'];
          },
        ];
      };
      newest_blueprints: {
        Row: {
          created_at: string | null;
          digest: string | null;
          id: string | null;
          name: string | null;
          spec: Json | null;
          version: number | null;
        };
        Relationships: [];
      };
      usage_measures: {
        Row: {
          aggregation: string | null;
          bucket: string | null;
          dims: Json | null;
          meter_id: number | null;
          seq: number | null;
          tenant_id: string | null;
          time: string | null;
          value: number | null;
          value_hash: string | null;
        };
        Relationships: [];
      };
    };
    Functions: {
      active_operation: {
        Args: { p_instance_id: string };
        Returns: {
          attempts: number;
          created_at: string;
          error: Json | null;
          finished_at: string | null;
          id: string;
          instance_id: string;
          kind: string;
          params: NonNullable<Json>;
          previous_spec: Json | null;
          program: Json | null;
          progress: number;
          request_id: string | null;
          requested_by: string;
          seq: number;
          started_at: string | null;
          status: string;
          steps: NonNullable<Json>;
          tenant_id: string;
        };
        SetofOptions: {
          from: '*';
          to: 'operations';
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      add_operation: {
        Args: {
          p_context: Json;
          p_id: string;
          p_instance: Database['public']['Tables']['instances']['Row'];
          p_kind: string;
          p_params: Json;
          p_previous_spec: Json;
        };
        Returns: Json;
      };
      agents_of: { Args: { p_values: Json }; Returns: number };
      announce_cancelled: { Args: { p_id: string }; Returns: undefined };
      api_key_create: { Args: { p_context: Json; p_key: Json }; Returns: Json };
      api_key_insert: {
        Args: { p_action: string; p_context: Json; p_key: Json; p_rotated_from: string };
        Returns: Json;
      };
      api_key_json: { Args: { p_id: string }; Returns: Json };
      api_key_revoke: { Args: { p_context: Json; p_id: string; p_row_version: number }; Returns: Json };
      api_key_rotate: {
        Args: { p_context: Json; p_id: string; p_key: Json; p_overlap_seconds: number; p_row_version: number };
        Returns: Json;
      };
      api_keys_find: { Args: { p_hashes: Json }; Returns: Json };
      api_keys_per_tenant: { Args: Record<PropertyKey, never>; Returns: number };
      api_keys_used: { Args: { p_uses: Json }; Returns: undefined };
      append_audit: {
        Args: {
          p_action: string;
          p_after: Json;
          p_before: Json;
          p_context: Json;
          p_resource_id: string;
          p_resource_type: string;
          p_tenant_id: string;
        };
        Returns: undefined;
      };
      append_denied: { Args: { p_attempt: Json; p_told: Json }; Returns: undefined };
      assert_credential: { Args: { p_context: Json }; Returns: undefined };
      assert_member: { Args: { p_context: Json; p_resource_type: string; p_tenant_id: string }; Returns: undefined };
      audit_chain_of: { Args: { p_tenant_id: string }; Returns: string };
      audit_checkpoint_append: {
        Args: {
          p_at: string;
          p_context: Json;
          p_heads: Json;
          p_key_id: string;
          p_number: number;
          p_prev_hash: string;
          p_signature: string;
        };
        Returns: Json;
      };
      audit_checkpoint_draft: { Args: { p_limit: number }; Returns: Json };
      audit_checkpoint_text: {
        Args: { p_at: string; p_heads: Json; p_key_id: string; p_number: number; p_prev_hash: string };
        Returns: string;
      };
      audit_close_denied: { Args: { p_limit: number }; Returns: number };
      audit_deny: { Args: { p_attempts: Json; p_kinds: number }; Returns: undefined };
      audit_digest: { Args: { p_row: Database['public']['Tables']['audit_log']['Row'] }; Returns: string };
      audit_encode: { Args: { p_fields: string[] }; Returns: string };
      audit_expire: { Args: { p_context: Json; p_days: number; p_limit: number }; Returns: Json };
      audit_hash: { Args: { p_row: Database['public']['Tables']['audit_log']['Row'] }; Returns: string };
      audit_key_register: { Args: { p_context: Json; p_key_id: string; p_public_key: string }; Returns: Json };
      audit_may_expire: { Args: { p_action: string }; Returns: boolean };
      audit_operation: {
        Args: { p_instance: Json; p_operation: Database['public']['Tables']['operations']['Row'] };
        Returns: Json;
      };
      audit_sha256: { Args: { p_text: string }; Returns: string };
      audit_time: { Args: { p_at: string }; Returns: string };
      audit_without_secrets: { Args: { p_told: Json }; Returns: Json };
      auth_changes_since: { Args: { p_seen: number }; Returns: Json };
      billing_adjustments_add: {
        Args: {
          p_billed_on: string;
          p_invoice: Database['public']['Tables']['billing_invoices']['Row'];
          p_lines: Json;
          p_note: string;
          p_since: string;
        };
        Returns: undefined;
      };
      billing_adjustments_take: {
        Args: { p_invoice: Database['public']['Tables']['billing_invoices']['Row'] };
        Returns: number;
      };
      billing_adjustments_waiting: {
        Args: { p_tenants: string[] };
        Returns: {
          amount: number;
          billed_on: string | null;
          component: string | null;
          created_at: string;
          currency: string;
          description: string | null;
          ends_at: string;
          explanation: NonNullable<Json>;
          id: string;
          inputs_hash: string;
          invoice_id: string;
          meter: string | null;
          note_id: string | null;
          price_version: string | null;
          quantity: number | null;
          query: string | null;
          since: string;
          starts_at: string;
          tenant_id: string;
          unit: string | null;
        }[];
        SetofOptions: {
          from: '*';
          to: 'billing_adjustments';
          isOneToOne: false;
          isSetofReturn: true;
        };
      };
      billing_arrears: {
        Args: { p_at: string; p_subscription_id: string };
        Returns: {
          amount_paid: number;
          buyer: Json | null;
          closing: boolean;
          corrects: string | null;
          created_at: string;
          credit_applied: number;
          credited: number;
          currency: string;
          due_at: string | null;
          finalized_at: string | null;
          id: string;
          inputs: Json | null;
          kind: string;
          number: string | null;
          paid_at: string | null;
          period_from: string;
          period_index: number;
          period_to: string;
          reason: string | null;
          rounding: number;
          row_version: number;
          run_id: string | null;
          seller: Json | null;
          state: string;
          subscription_id: string;
          subtotal: number;
          tenant_id: string;
          time_zone: string;
          total: number;
          updated_at: string;
          voided_at: string | null;
          zone_data_version: string | null;
        }[];
        SetofOptions: {
          from: '*';
          to: 'billing_invoices';
          isOneToOne: false;
          isSetofReturn: true;
        };
      };
      billing_arrears_certainty: {
        Args: { p_at: string; p_provider: string; p_subscription_id: string };
        Returns: {
          invoice_id: string;
          uncertain: boolean;
        }[];
      };
      billing_buyer_party: { Args: { p_tenant_id: string }; Returns: Json };
      billing_catalog_known: { Args: { p_features: string[]; p_meters: string[] }; Returns: Json };
      billing_check_numbered: {
        Args: { p_invoice: Database['public']['Tables']['billing_invoices']['Row'] };
        Returns: undefined;
      };
      billing_closing_index: { Args: { p_subscription_id: string }; Returns: number };
      billing_closing_write: { Args: { p: Json; p_context: Json }; Returns: Json };
      billing_closings: {
        Args: { p_also: Json; p_since: string; p_tenants: string[] };
        Returns: {
          anchor_at: string;
          billing_interval: string;
          created_at: string;
          currency: string;
          ends_at: string | null;
          id: string;
          next_period: number;
          next_period_from: string;
          next_period_to: string;
          past_due_since: string | null;
          row_version: number;
          started_at: string;
          status: string;
          suspended_at: string | null;
          suspension_reason: string | null;
          tenant_id: string;
          time_zone: string;
          trial_end: string;
          trial_ends_at: string | null;
          updated_at: string;
        }[];
        SetofOptions: {
          from: '*';
          to: 'billing_subscriptions';
          isOneToOne: false;
          isSetofReturn: true;
        };
      };
      billing_closings_list: {
        Args: { p_after: string; p_also: Json; p_limit: number; p_run: string; p_since: string; p_tenants: string[] };
        Returns: Json;
      };
      billing_cluster_costs: {
        Args: { p_from: string; p_tenant_id: string; p_to: string };
        Returns: {
          at: string;
          cost_hours: number;
          cpu: number;
          currency: string;
          memory: number;
          volume: number;
        }[];
      };
      billing_cost_rate_json: {
        Args: { p_rate: Database['public']['Tables']['billing_cost_rates']['Row'] };
        Returns: Json;
      };
      billing_cost_rate_put: { Args: { p_context: Json; p_rate: Json }; Returns: Json };
      billing_cost_rates_list: { Args: { p_before: string; p_limit: number }; Returns: Json };
      billing_costs_counted: { Args: { p_from: string; p_tenant_id: string; p_to: string }; Returns: Json };
      billing_costs_make: { Args: { p_day: string; p_tenant_id: string }; Returns: undefined };
      billing_costs_make_due: { Args: { p_limit: number }; Returns: Json };
      billing_costs_scan: { Args: Record<PropertyKey, never>; Returns: Json };
      billing_credit_grant_json: {
        Args: { p_grant: Database['public']['Tables']['billing_credit_grants']['Row'] };
        Returns: Json;
      };
      billing_credit_note_write: { Args: { p_context: Json; p_note: Json }; Returns: Json };
      billing_credits_add: {
        Args: {
          p_amount: number;
          p_at: string;
          p_context: Json;
          p_currency: string;
          p_reference: string;
          p_source: string;
          p_tenant_id: string;
        };
        Returns: Json;
      };
      billing_credits_apply: {
        Args: { p_amount: number; p_at: string; p_currency: string; p_invoice_id: string; p_tenant_id: string };
        Returns: number;
      };
      billing_credits_balance_json: { Args: { p_at: string; p_currency: string; p_tenant_id: string }; Returns: Json };
      billing_credits_balances: { Args: { p_at: string; p_tenant_ids: string[] }; Returns: Json };
      billing_credits_cover: { Args: { p_at: string; p_currency: string; p_tenant_id: string }; Returns: undefined };
      billing_credits_expire: { Args: { p_at: string; p_limit: number }; Returns: Json };
      billing_credits_grants: {
        Args: { p_before_id: string; p_before_transaction: string; p_id: string; p_limit: number; p_tenant_id: string };
        Returns: Json;
      };
      billing_credits_lock: { Args: { p_currency: string; p_tenant_id: string }; Returns: undefined };
      billing_credits_lot: {
        Args: { p_at: string; p_currency: string; p_grant: Json; p_tenant_id: string; p_transaction: number };
        Returns: {
          amount: number;
          created_at: string;
          currency: string;
          effective_at: string;
          expires_at: string | null;
          id: string;
          kind: string;
          priority: number;
          remaining: number;
          row_version: number;
          tenant_id: string;
          transaction_id: number;
          updated_at: string;
          voided_at: string | null;
        };
        SetofOptions: {
          from: '*';
          to: 'billing_credit_grants';
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      billing_credits_overdraft_set: {
        Args: { p_at: string; p_context: Json; p_currency: string; p_overdraft: string; p_tenant_id: string };
        Returns: Json;
      };
      billing_credits_plan: {
        Args: { p_amount: number; p_at: string; p_currency: string; p_tenant_id: string };
        Returns: {
          amount: number;
          grant_id: string;
        }[];
      };
      billing_credits_put: {
        Args: {
          p_at: string;
          p_context: Json;
          p_grant: Json;
          p_reference: string;
          p_source: string;
          p_tenant_id: string;
        };
        Returns: Json;
      };
      billing_credits_take: {
        Args: { p_amount: number; p_at: string; p_currency: string; p_tenant_id: string; p_transaction: number };
        Returns: undefined;
      };
      billing_credits_top_up: {
        Args: { p_at: string; p_context: Json; p_grant: Json; p_reference: string; p_tenant_id: string };
        Returns: Json;
      };
      billing_credits_unapply: { Args: { p_at: string; p_invoice_id: string; p_tenant_id: string }; Returns: number };
      billing_credits_void: {
        Args: { p_at: string; p_context: Json; p_id: string; p_row_version: number; p_tenant_id: string };
        Returns: Json;
      };
      billing_details_put: {
        Args: { p_context: Json; p_party: Json; p_row_version: number; p_tenant_id: string };
        Returns: Json;
      };
      billing_due_list: {
        Args: { p_after: string; p_by: string; p_limit: number; p_run: string; p_tenants: string[] };
        Returns: Json;
      };
      billing_due_of: { Args: { p_invoice: Database['public']['Tables']['billing_invoices']['Row'] }; Returns: number };
      billing_dunning_due: { Args: { p_after: string; p_at: string; p_limit: number }; Returns: Json };
      billing_dunning_step: {
        Args: {
          p_at: string;
          p_context: Json;
          p_dunning_days: number;
          p_provider: string;
          p_reminder_days: number[];
          p_subscription_id: string;
        };
        Returns: Json;
      };
      billing_failure_add: { Args: { p_item: Json }; Returns: undefined };
      billing_failures_list: { Args: { p_after: Json; p_limit: number }; Returns: Json };
      billing_failures_settle: { Args: Record<PropertyKey, never>; Returns: undefined };
      billing_finalize: {
        Args: { p_at: string; p_context?: Json; p_invoice_id: string; p_terms_days: number };
        Returns: {
          amount_paid: number;
          buyer: Json | null;
          closing: boolean;
          corrects: string | null;
          created_at: string;
          credit_applied: number;
          credited: number;
          currency: string;
          due_at: string | null;
          finalized_at: string | null;
          id: string;
          inputs: Json | null;
          kind: string;
          number: string | null;
          paid_at: string | null;
          period_from: string;
          period_index: number;
          period_to: string;
          reason: string | null;
          rounding: number;
          row_version: number;
          run_id: string | null;
          seller: Json | null;
          state: string;
          subscription_id: string;
          subtotal: number;
          tenant_id: string;
          time_zone: string;
          total: number;
          updated_at: string;
          voided_at: string | null;
          zone_data_version: string | null;
        };
        SetofOptions: {
          from: '*';
          to: 'billing_invoices';
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      billing_finalize_all: {
        Args: { p_at: string; p_invoice_ids: string[]; p_terms_days: number };
        Returns: {
          amount_paid: number;
          buyer: Json | null;
          closing: boolean;
          corrects: string | null;
          created_at: string;
          credit_applied: number;
          credited: number;
          currency: string;
          due_at: string | null;
          finalized_at: string | null;
          id: string;
          inputs: Json | null;
          kind: string;
          number: string | null;
          paid_at: string | null;
          period_from: string;
          period_index: number;
          period_to: string;
          reason: string | null;
          rounding: number;
          row_version: number;
          run_id: string | null;
          seller: Json | null;
          state: string;
          subscription_id: string;
          subtotal: number;
          tenant_id: string;
          time_zone: string;
          total: number;
          updated_at: string;
          voided_at: string | null;
          zone_data_version: string | null;
        }[];
        SetofOptions: {
          from: '*';
          to: 'billing_invoices';
          isOneToOne: false;
          isSetofReturn: true;
        };
      };
      billing_gather: { Args: { p_invoices: Json }; Returns: undefined };
      billing_gathering_drop: {
        Args: {
          p_at: string;
          p_context: Json;
          p_subscription: Database['public']['Tables']['billing_subscriptions']['Row'];
        };
        Returns: undefined;
      };
      billing_gathering_open: {
        Args: { p_invoice_id: string; p_subscription: Database['public']['Tables']['billing_subscriptions']['Row'] };
        Returns: undefined;
      };
      billing_has_work: { Args: { p_at: string; p_by: string; p_closing_by: string }; Returns: boolean };
      billing_idle: { Args: { p_from: string; p_now: string; p_to: string }; Returns: Json };
      billing_invoice_creditable: {
        Args: { p_invoice: Database['public']['Tables']['billing_invoices']['Row'] };
        Returns: number;
      };
      billing_invoice_due: {
        Args: { p_invoice: Database['public']['Tables']['billing_invoices']['Row'] };
        Returns: number;
      };
      billing_invoice_failed: { Args: { p_at: string; p_invoice_id: string; p_reason: string }; Returns: Json };
      billing_invoice_finalize: {
        Args: { p_at: string; p_context: Json; p_invoice_id: string; p_terms_days: number };
        Returns: Json;
      };
      billing_invoice_find: { Args: { p_invoice: string; p_tenants: string[] }; Returns: Json };
      billing_invoice_json: {
        Args: { p_invoice: Database['public']['Tables']['billing_invoices']['Row'] };
        Returns: Json;
      };
      billing_invoice_lock: {
        Args: { p_invoice_id: string; p_states: string[] };
        Returns: {
          amount_paid: number;
          buyer: Json | null;
          closing: boolean;
          corrects: string | null;
          created_at: string;
          credit_applied: number;
          credited: number;
          currency: string;
          due_at: string | null;
          finalized_at: string | null;
          id: string;
          inputs: Json | null;
          kind: string;
          number: string | null;
          paid_at: string | null;
          period_from: string;
          period_index: number;
          period_to: string;
          reason: string | null;
          rounding: number;
          row_version: number;
          run_id: string | null;
          seller: Json | null;
          state: string;
          subscription_id: string;
          subtotal: number;
          tenant_id: string;
          time_zone: string;
          total: number;
          updated_at: string;
          voided_at: string | null;
          zone_data_version: string | null;
        };
        SetofOptions: {
          from: '*';
          to: 'billing_invoices';
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      billing_invoice_message: {
        Args: { p_invoice: Database['public']['Tables']['billing_invoices']['Row'] };
        Returns: Json;
      };
      billing_invoice_paid: {
        Args: { p_at: string; p_context: Json; p_invoice_id: string; p_payment: Json };
        Returns: Json;
      };
      billing_invoice_settle: {
        Args: {
          p_at: string;
          p_credited: number;
          p_invoice: Database['public']['Tables']['billing_invoices']['Row'];
          p_paid: number;
        };
        Returns: {
          amount_paid: number;
          buyer: Json | null;
          closing: boolean;
          corrects: string | null;
          created_at: string;
          credit_applied: number;
          credited: number;
          currency: string;
          due_at: string | null;
          finalized_at: string | null;
          id: string;
          inputs: Json | null;
          kind: string;
          number: string | null;
          paid_at: string | null;
          period_from: string;
          period_index: number;
          period_to: string;
          reason: string | null;
          rounding: number;
          row_version: number;
          run_id: string | null;
          seller: Json | null;
          state: string;
          subscription_id: string;
          subtotal: number;
          tenant_id: string;
          time_zone: string;
          total: number;
          updated_at: string;
          voided_at: string | null;
          zone_data_version: string | null;
        };
        SetofOptions: {
          from: '*';
          to: 'billing_invoices';
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      billing_invoice_uncollectible: {
        Args: { p_at: string; p_context: Json; p_invoice_id: string; p_reason: string };
        Returns: Json;
      };
      billing_invoice_void: {
        Args: { p_at: string; p_context: Json; p_invoice_id: string; p_reason: string };
        Returns: Json;
      };
      billing_invoices_draft: { Args: { p_invoices: Json; p_run: string }; Returns: string[] };
      billing_invoices_list: { Args: { p_query: Json }; Returns: Json };
      billing_invoices_write: { Args: { p: Json; p_context: Json }; Returns: Json };
      billing_late_claim: { Args: { p_tenants: string[] }; Returns: undefined };
      billing_late_invoices: {
        Args: { p_tenants: string[] };
        Returns: {
          amount_paid: number;
          buyer: Json | null;
          closing: boolean;
          corrects: string | null;
          created_at: string;
          credit_applied: number;
          credited: number;
          currency: string;
          due_at: string | null;
          finalized_at: string | null;
          id: string;
          inputs: Json | null;
          kind: string;
          number: string | null;
          paid_at: string | null;
          period_from: string;
          period_index: number;
          period_to: string;
          reason: string | null;
          rounding: number;
          row_version: number;
          run_id: string | null;
          seller: Json | null;
          state: string;
          subscription_id: string;
          subtotal: number;
          tenant_id: string;
          time_zone: string;
          total: number;
          updated_at: string;
          voided_at: string | null;
          zone_data_version: string | null;
        }[];
        SetofOptions: {
          from: '*';
          to: 'billing_invoices';
          isOneToOne: false;
          isSetofReturn: true;
        };
      };
      billing_late_list: {
        Args: { p_after: string; p_limit: number; p_run: string; p_tenants: string[]; p_unmarked: boolean };
        Returns: Json;
      };
      billing_late_state: {
        Args: { p_invoice: Database['public']['Tables']['billing_invoices']['Row'] };
        Returns: Json;
      };
      billing_late_write: { Args: { p: Json; p_context: Json }; Returns: Json };
      billing_ledger_list: {
        Args: { p_before: string; p_currency: string; p_limit: number; p_tenant_id: string };
        Returns: Json;
      };
      billing_ledger_post: {
        Args: {
          p_at: string;
          p_currency: string;
          p_entries: Json;
          p_kind: string;
          p_reference: string;
          p_source: string;
          p_tenant_id: string;
        };
        Returns: number;
      };
      billing_line_json: {
        Args: { p_line: Database['public']['Tables']['billing_invoice_lines']['Row'] };
        Returns: Json;
      };
      billing_llm_costs: {
        Args: { p_from: string; p_tenant_id: string; p_to: string };
        Returns: {
          at: string;
          computed: number;
          computed_currency: string;
          cost: number;
          currency: string;
          event_id: string;
          source: string;
        }[];
      };
      billing_llm_price_json: {
        Args: { p_price: Database['public']['Tables']['billing_llm_prices']['Row'] };
        Returns: Json;
      };
      billing_llm_prices_add: { Args: { p_context: Json; p_known: Json; p_prices: Json }; Returns: Json };
      billing_llm_prices_known: { Args: { p_models: Json }; Returns: Json };
      billing_llm_prices_list: {
        Args: { p_after: Json; p_at: string; p_limit: number; p_model: string; p_provider: string };
        Returns: Json;
      };
      billing_llm_tokens: { Args: { p_value: Json }; Returns: number };
      billing_margin_list: {
        Args: {
          p_after: Json;
          p_currency: string;
          p_from: string;
          p_limit: number;
          p_running: Json;
          p_tenant_id: string;
          p_to: string;
        };
        Returns: Json;
      };
      billing_margins: {
        Args: { p_from: string; p_running: Json; p_tenant_id: string; p_to: string };
        Returns: {
          cluster_cost: number;
          currency: string;
          llm_computed: number;
          llm_cost: number;
          margin: number;
          revenue: number;
          tenant_id: string;
        }[];
      };
      billing_members: { Args: { p_from: string; p_tenant_id: string; p_to: string }; Returns: number };
      billing_next_periods: { Args: { p_invoices: Json }; Returns: undefined };
      billing_number_next: { Args: { p_at: string; p_kind: string }; Returns: string };
      billing_number_text: { Args: { p_kind: string; p_n: number; p_year: number }; Returns: string };
      billing_numbers_take: { Args: { p_at: string; p_count: number; p_kind: string }; Returns: number };
      billing_override_add: {
        Args: { p_at: string; p_context: Json; p_id: string; p_override: Json; p_row_version: number };
        Returns: Json;
      };
      billing_override_end: {
        Args: { p_at: string; p_context: Json; p_id: string; p_override_id: string; p_row_version: number };
        Returns: Json;
      };
      billing_payment_answered: {
        Args: { p_asked_at: string; p_at: string; p_invoice_id: string };
        Returns: undefined;
      };
      billing_payment_begin: { Args: { p_at: string; p_invoice_id: string; p_provider: string }; Returns: Json };
      billing_payment_customer: {
        Args: { p_provider: string; p_reference: string; p_tenant_id: string };
        Returns: string;
      };
      billing_payment_end: {
        Args: { p_at: string; p_attempt: number; p_context: Json; p_end: Json; p_invoice_id: string };
        Returns: Json;
      };
      billing_payment_excess: { Args: { p_invoice_id: string; p_provider: string }; Returns: Json };
      billing_payment_is_excessive: {
        Args: { p_due: number; p_payment: Database['public']['Tables']['billing_payments']['Row'] };
        Returns: boolean;
      };
      billing_payment_is_unknown: {
        Args: { p_at: string; p_payment: Database['public']['Tables']['billing_payments']['Row']; p_provider: string };
        Returns: boolean;
      };
      billing_payment_json: {
        Args: { p_payment: Database['public']['Tables']['billing_payments']['Row'] };
        Returns: Json;
      };
      billing_payment_plan: { Args: { p_at: string; p_invoice_id: string; p_provider: string }; Returns: undefined };
      billing_payment_recheck: { Args: { p_at: string; p_invoice_id: string }; Returns: undefined };
      billing_payment_reduced: {
        Args: { p_at: string; p_attempt: number; p_due: string; p_invoice_id: string };
        Returns: undefined;
      };
      billing_payment_reference: {
        Args: { p_attempt: number; p_invoice_id: string; p_reference: string };
        Returns: boolean;
      };
      billing_payment_retry: { Args: { p_at: string; p_context: Json; p_invoice_id: string }; Returns: Json };
      billing_payment_unanswered: {
        Args: { p_at: string; p_error: string; p_invoice_id: string; p_pause_ms: number };
        Returns: undefined;
      };
      billing_payments_claim: {
        Args: { p_at: string; p_hold_seconds: number; p_limit: number; p_provider: string };
        Returns: Json;
      };
      billing_payments_list: {
        Args: { p_after: string; p_limit: number; p_state: string; p_stuck: boolean };
        Returns: Json;
      };
      billing_periods_close: { Args: { p_by: string; p_ids: string[] }; Returns: Json };
      billing_phase_begin: {
        Args: {
          p_at: string;
          p_context: Json;
          p_subscription: Database['public']['Tables']['billing_subscriptions']['Row'];
        };
        Returns: undefined;
      };
      billing_phases_add: { Args: { p_phases: Json; p_subscription_id: string }; Returns: undefined };
      billing_plan_entitle: {
        Args: { p_version: Database['public']['Tables']['billing_plan_versions']['Row'] };
        Returns: undefined;
      };
      billing_plan_of: { Args: { p_at: string; p_tenant_id: string }; Returns: string };
      billing_plan_publish: { Args: { p_context: Json; p_version: Json }; Returns: Json };
      billing_plan_terms: {
        Args: { p_version: Database['public']['Tables']['billing_plan_versions']['Row'] };
        Returns: {
          created_at: string;
          enabled: boolean | null;
          enforcement: string | null;
          feature: string;
          id: number;
          limit_amount: number | null;
          period: string | null;
          plan: string | null;
          row_version: number;
          tenant_id: string | null;
          updated_at: string;
          value: Json | null;
        }[];
        SetofOptions: {
          from: 'billing_plan_versions';
          to: 'entitlements';
          isOneToOne: false;
          isSetofReturn: true;
        };
      };
      billing_plan_to_begin: { Args: { p_at: string; p_tenant_id: string }; Returns: string };
      billing_preview_state: { Args: { p_id: string }; Returns: Json };
      billing_quantities: { Args: { p_asks: Json; p_raw: boolean }; Returns: Json };
      billing_refuse: { Args: { p_message: string }; Returns: undefined };
      billing_remind: {
        Args: { p_at: string; p_days: number[]; p_subscription_id: string; p_uncertain: string[] };
        Returns: number;
      };
      billing_resume: { Args: { p_at: string; p_context: Json; p_subscription_id: string }; Returns: Json };
      billing_run_begin: { Args: { p_fence: number; p_grace: number; p_id: string }; Returns: Json };
      billing_run_cancel: { Args: { p_context: Json; p_id: string }; Returns: Json };
      billing_run_create: { Args: { p_context: Json; p_run: Json }; Returns: Json };
      billing_run_finish: {
        Args: { p_context: Json; p_error: Json; p_fence: number; p_id: string; p_status: string };
        Returns: Json;
      };
      billing_run_get: { Args: { p_id: string }; Returns: Json };
      billing_run_is_held: { Args: { p_fence: number; p_run: string }; Returns: boolean };
      billing_run_item_add: { Args: { p_item: Json; p_run: string }; Returns: undefined };
      billing_run_items_add: { Args: { p_fence: number; p_items: Json; p_run: string }; Returns: Json };
      billing_run_items_list: {
        Args: { p_after: number; p_id: string; p_limit: number; p_outcome: string };
        Returns: Json;
      };
      billing_run_json: { Args: { p_run: Database['public']['Tables']['billing_runs']['Row'] }; Returns: Json };
      billing_run_patience: { Args: { p_run: string }; Returns: string };
      billing_run_summary: { Args: { p_run_id: string }; Returns: Json };
      billing_runs_list: { Args: { p_before: number; p_limit: number }; Returns: Json };
      billing_runs_prune: { Args: { p_at: string; p_before: string; p_limit: number }; Returns: Json };
      billing_sampled: { Args: { p_value: Json }; Returns: number };
      billing_seller_party: { Args: Record<PropertyKey, never>; Returns: Json };
      billing_seller_put: { Args: { p_context: Json; p_party: Json; p_row_version: number }; Returns: Json };
      billing_share: {
        Args: { p_a: string; p_amount: number; p_b: string; p_ends_at: string; p_starts_at: string };
        Returns: number;
      };
      billing_subscribe: {
        Args: { p_at: string; p_context: Json; p_invoice_id: string; p_phases: Json; p_subscription: Json };
        Returns: Json;
      };
      billing_subscription_advance: { Args: { p_at: string; p_context: Json; p_id: string }; Returns: string[] };
      billing_subscription_changed: {
        Args: { p_action: string; p_context: Json; p_id: string; p_was: Json };
        Returns: Json;
      };
      billing_subscription_end: {
        Args: { p_at: string; p_context: Json; p_ends_at: string; p_id: string; p_row_version: number };
        Returns: Json;
      };
      billing_subscription_is_due: {
        Args: { p_by: string; p_subscription: Database['public']['Tables']['billing_subscriptions']['Row'] };
        Returns: boolean;
      };
      billing_subscription_json: {
        Args: { p_subscription: Database['public']['Tables']['billing_subscriptions']['Row'] };
        Returns: Json;
      };
      billing_subscription_lock: {
        Args: { p_at: string; p_id: string; p_row_version: number };
        Returns: Record<string, unknown>;
      };
      billing_subscription_move: {
        Args: {
          p_activate: boolean;
          p_at: string;
          p_context: Json;
          p_from: string;
          p_id: string;
          p_phases: Json;
          p_row_version: number;
        };
        Returns: Json;
      };
      billing_subscription_state: {
        Args: { p_subscription: Database['public']['Tables']['billing_subscriptions']['Row'] };
        Returns: Json;
      };
      billing_subscription_told: {
        Args: {
          p_reason: string;
          p_subscription: Database['public']['Tables']['billing_subscriptions']['Row'];
          p_topic: string;
        };
        Returns: undefined;
      };
      billing_subscriptions_due: { Args: { p_at: string; p_limit: number }; Returns: Json };
      billing_subscriptions_list: {
        Args: { p_after: string; p_at: string; p_limit: number; p_plan: string; p_status: string; p_tenants: string[] };
        Returns: Json;
      };
      billing_subscriptions_read: { Args: { p_ids: string[] }; Returns: Json };
      billing_suspend: {
        Args: { p_at: string; p_context: Json; p_reason: string; p_subscription_id: string };
        Returns: Json;
      };
      billing_usage_counted: {
        Args: { p_from: string; p_slug: string; p_tenants: string[]; p_to: string };
        Returns: Json;
      };
      billing_usage_raw: {
        Args: { p_from: string; p_slug: string; p_tenants: string[]; p_to: string };
        Returns: Json[];
      };
      billing_waiting_list: { Args: { p_tenants: string[] }; Returns: Json };
      billing_webhook_apply: {
        Args: { p_at: string; p_context: Json; p_event: Database['public']['Tables']['billing_webhook_events']['Row'] };
        Returns: string;
      };
      billing_webhook_events_list: { Args: { p_after: Json; p_limit: number; p_state: string }; Returns: Json };
      billing_webhook_replay: {
        Args: { p_at: string; p_context: Json; p_id: string; p_provider: string };
        Returns: Json;
      };
      billing_webhook_take: {
        Args: { p_at: string; p_context: Json; p_event: Json; p_provider: string };
        Returns: Json;
      };
      billing_webhook_treat: {
        Args: { p_at: string; p_context: Json; p_event: Database['public']['Tables']['billing_webhook_events']['Row'] };
        Returns: Json;
      };
      blueprint_publish: {
        Args: { p_context: Json; p_digest: string; p_id: string; p_name: string; p_spec: Json; p_unless_same: boolean };
        Returns: Json;
      };
      call_once: {
        Args: {
          p_args: Json;
          p_attempt: string;
          p_function: string;
          p_journal: string;
          p_key: string;
          p_owner: string;
          p_step: string;
        };
        Returns: Json;
      };
      call_once_statement: { Args: { p_args: Json; p_function: string }; Returns: string };
      count_api_keys: { Args: { p_tenant_id: string }; Returns: number };
      drift_scan_record: { Args: { p_result: Json }; Returns: undefined };
      end_membership: {
        Args: { p_context: Json; p_member: Database['public']['Tables']['tenant_members']['Row'] };
        Returns: undefined;
      };
      entitlement_json: { Args: { p_entitlement: Database['public']['Tables']['entitlements']['Row'] }; Returns: Json };
      entitlement_put: {
        Args: {
          p_context: Json;
          p_feature: string;
          p_plan: string;
          p_row_version: number;
          p_tenant_id: string;
          p_terms: Json;
        };
        Returns: Json;
      };
      entitlement_remove: {
        Args: { p_context: Json; p_feature: string; p_plan: string; p_row_version: number; p_tenant_id: string };
        Returns: Json;
      };
      entitlements_given: {
        Args: { p_after: string; p_limit: number; p_plan: string; p_tenant_id: string };
        Returns: Json;
      };
      feature_change: {
        Args: { p_change: Json; p_context: Json; p_row_version: number; p_slug: string };
        Returns: Json;
      };
      feature_create: { Args: { p_context: Json; p_feature: Json }; Returns: Json };
      feature_delete: { Args: { p_context: Json; p_row_version: number; p_slug: string }; Returns: Json };
      feature_json: { Args: { p_feature: Database['public']['Tables']['features']['Row'] }; Returns: Json };
      finish_tenant_deletion: { Args: { p_id: string }; Returns: boolean };
      fleet_counts: { Args: Record<PropertyKey, never>; Returns: Json };
      idempotency_answer: {
        Args: { p_answer: string; p_attempt: string; p_key: string; p_owner: string };
        Returns: Json;
      };
      idempotency_claim: {
        Args: { p_attempt: string; p_fingerprint: string; p_key: string; p_lease_ms: number; p_owner: string };
        Returns: Json;
      };
      idempotency_release: { Args: { p_attempt: string; p_key: string; p_owner: string }; Returns: Json };
      idempotency_renew: {
        Args: { p_attempt: string; p_key: string; p_lease_ms: number; p_owner: string };
        Returns: Json;
      };
      idempotency_retention: { Args: Record<PropertyKey, never>; Returns: string };
      idempotency_sweep: { Args: { p_limit: number }; Returns: number };
      idempotency_without_flush: { Args: Record<PropertyKey, never>; Returns: undefined };
      instance_act: {
        Args: {
          p_change: Json;
          p_context: Json;
          p_from: string[];
          p_instance_id: string;
          p_kind: string;
          p_operation_id: string;
          p_params: Json;
          p_row_version: number;
        };
        Returns: Json;
      };
      instance_json: { Args: { p_id: string }; Returns: Json };
      instance_may_become: { Args: { p_from: string; p_to: string }; Returns: boolean };
      instance_observe: { Args: { p_id: string; p_row_version: number; p_seen: Json }; Returns: Json };
      instance_put: {
        Args: {
          p_context: Json;
          p_instance_id: string;
          p_name: string;
          p_only_new: boolean;
          p_operation_id: string;
          p_row_version: number;
          p_spec: Json;
          p_tenant_id: string;
        };
        Returns: Json;
      };
      instance_repair: {
        Args: { p_context: Json; p_instance_id: string; p_operation_id: string; p_pause_ms: number };
        Returns: Json;
      };
      instance_suspend: { Args: { p_context: Json; p_instance_id: string; p_operation_id: string }; Returns: Json };
      instance_unsuspend: { Args: { p_context: Json; p_instance_id: string; p_operation_id: string }; Returns: Json };
      instances_unchanged: { Args: { p_ids: string[] }; Returns: undefined };
      is_last_owner: { Args: { p_tenant_id: string; p_user_id: string }; Returns: boolean };
      keep_hosts: { Args: { p_hosts: string[]; p_instance_id: string }; Returns: undefined };
      lock_members: { Args: { p_tenant_id: string }; Returns: boolean };
      member_put: { Args: { p_context: Json; p_role: string; p_tenant_id: string; p_user_id: string }; Returns: Json };
      member_remove: {
        Args: { p_context: Json; p_row_version: number; p_tenant_id: string; p_user_id: string };
        Returns: Json;
      };
      memberships_of: { Args: { p_user: string }; Returns: Json };
      note_credential_change: { Args: { p_kind: string; p_subject: string }; Returns: undefined };
      operation_begin: { Args: { p_fence: number; p_id: string }; Returns: Json };
      operation_cancel: { Args: { p_context: Json; p_id: string }; Returns: Json };
      operation_finish: {
        Args: {
          p_context: Json;
          p_error: Json;
          p_fence: number;
          p_id: string;
          p_instance: Json;
          p_status: string;
          p_steps: Json;
        };
        Returns: Json;
      };
      operation_holds_program: { Args: { p_fence: number; p_id: string; p_program: Json }; Returns: Json };
      operation_json: { Args: { p_operation: Database['public']['Tables']['operations']['Row'] }; Returns: Json };
      operation_record: {
        Args: { p_error: Json; p_fence: number; p_id: string; p_progress: number; p_steps: Json };
        Returns: Json;
      };
      operation_remember: { Args: { p_facts: Json; p_fence: number; p_id: string }; Returns: Json };
      outbox_claim: { Args: { p_lease_ms: number; p_limit: number }; Returns: Json };
      outbox_settle: { Args: { p_rows: Json }; Returns: Json };
      outbox_sweep: { Args: { p_days: number; p_limit: number }; Returns: Json };
      ping: { Args: Record<PropertyKey, never>; Returns: boolean };
      quota_account: {
        Args: {
          p_feature: Database['public']['Tables']['features']['Row'];
          p_tenant_id: string;
          p_terms: Database['public']['Tables']['entitlements']['Row'];
        };
        Returns: {
          feature: string;
          granted: number;
          period: string;
          period_end: string;
          period_start: string;
          reserved: number;
          settled_at: string;
          soft_limit_told: boolean;
          tenant_id: string;
          used: number;
        };
        SetofOptions: {
          from: '*';
          to: 'quota_accounts';
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      quota_admit_one: { Args: { p_feature: string; p_tenant_id: string }; Returns: undefined };
      quota_balance: {
        Args: { p_account: Database['public']['Tables']['quota_accounts']['Row']; p_at: string; p_limit: number };
        Returns: number;
      };
      quota_begin: {
        Args: {
          p_account: Database['public']['Tables']['quota_accounts']['Row'];
          p_ends: string;
          p_period: string;
          p_starts: string;
        };
        Returns: {
          feature: string;
          granted: number;
          period: string;
          period_end: string;
          period_start: string;
          reserved: number;
          settled_at: string;
          soft_limit_told: boolean;
          tenant_id: string;
          used: number;
        };
        SetofOptions: {
          from: '*';
          to: 'quota_accounts';
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      quota_burn: {
        Args: { p_amount: number; p_at: string; p_feature: string; p_limit: number; p_tenant_id: string };
        Returns: Json;
      };
      quota_end: {
        Args: {
          p_at: string;
          p_kept: number;
          p_limit: number;
          p_reservation: Database['public']['Tables']['quota_reservations']['Row'];
          p_state: string;
        };
        Returns: undefined;
      };
      quota_entitlement: { Args: { p_feature: string; p_tenant_id: string }; Returns: Json };
      quota_entitlements: { Args: { p_after: Json; p_limit: number; p_tenants: string[] }; Returns: Json };
      quota_forfeit: { Args: { p_feature: string; p_new_period: string; p_tenant_id: string }; Returns: undefined };
      quota_grant_create: { Args: { p_context: Json; p_grant: Json; p_tenant_id: string }; Returns: Json };
      quota_grant_json: { Args: { p_grant: Database['public']['Tables']['quota_grants']['Row'] }; Returns: Json };
      quota_grant_void: {
        Args: { p_context: Json; p_id: string; p_row_version: number; p_tenant_id: string };
        Returns: Json;
      };
      quota_grants_at: {
        Args: { p_at: string; p_feature: string; p_tenant_id: string };
        Returns: {
          amount: number;
          burned: number;
          created_at: string;
          effective_at: string;
          expires_at: string | null;
          feature: string;
          forfeited: number;
          id: string;
          priority: number;
          rollover_max: number | null;
          row_version: number;
          tenant_id: string;
          updated_at: string;
          voided_at: string | null;
        }[];
        SetofOptions: {
          from: '*';
          to: 'quota_grants';
          isOneToOne: false;
          isSetofReturn: true;
        };
      };
      quota_grants_list: {
        Args: { p_after: string; p_feature: string; p_id: string; p_limit: number; p_tenant_id: string };
        Returns: Json;
      };
      quota_limits_calls: { Args: Record<PropertyKey, never>; Returns: boolean };
      quota_meter_usage: {
        Args: { p_from: string; p_meter: string; p_tenant_id: string; p_to: string };
        Returns: number;
      };
      quota_now: { Args: Record<PropertyKey, never>; Returns: string };
      quota_overage: {
        Args: { p_account: Database['public']['Tables']['quota_accounts']['Row']; p_limit: number };
        Returns: number;
      };
      quota_period: { Args: { p_at: string; p_period: string; p_tenant_id: string }; Returns: Record<string, unknown> };
      quota_present: {
        Args: { p_feature: Database['public']['Tables']['features']['Row']; p_tenant_id: string };
        Returns: Record<string, unknown>;
      };
      quota_refusal: {
        Args: {
          p_balance: number;
          p_feature: string;
          p_limit: number;
          p_requested: number;
          p_resets_at: string;
          p_usage: number;
        };
        Returns: Json;
      };
      quota_reservation: { Args: { p_id: string; p_tenant_id: string }; Returns: Json };
      quota_reservation_end: {
        Args: { p_amount: string; p_context: Json; p_id: string; p_state: string; p_tenant_id: string };
        Returns: Json;
      };
      quota_reservation_json: {
        Args: { p_reservation: Database['public']['Tables']['quota_reservations']['Row'] };
        Returns: Json;
      };
      quota_reserve: {
        Args: {
          p_amount: string;
          p_context: Json;
          p_feature: string;
          p_id: string;
          p_lease_seconds: number;
          p_tenant_id: string;
        };
        Returns: Json;
      };
      quota_settle: {
        Args: {
          p_feature: Database['public']['Tables']['features']['Row'];
          p_limit: number;
          p_tenant_id: string;
          p_to: string;
        };
        Returns: undefined;
      };
      quota_settle_until: {
        Args: {
          p_at: string;
          p_feature: Database['public']['Tables']['features']['Row'];
          p_limit: number;
          p_tenant_id: string;
          p_to: string;
        };
        Returns: undefined;
      };
      quota_sweep: { Args: { p_limit: number }; Returns: Json };
      quota_take_calls: {
        Args: { p_needed: number; p_period: string; p_returned: number; p_tenant_id: string; p_wanted: number };
        Returns: Json;
      };
      quota_tell: {
        Args: { p_feature: string; p_tenant_id: string; p_terms: Database['public']['Tables']['entitlements']['Row'] };
        Returns: undefined;
      };
      quota_terms: {
        Args: { p_feature: string; p_tenant_id: string };
        Returns: {
          created_at: string;
          enabled: boolean | null;
          enforcement: string | null;
          feature: string;
          id: number;
          limit_amount: number | null;
          period: string | null;
          plan: string | null;
          row_version: number;
          tenant_id: string | null;
          updated_at: string;
          value: Json | null;
        };
        SetofOptions: {
          from: '*';
          to: 'entitlements';
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      quota_unburn: {
        Args: {
          p_amount: number;
          p_feature: string;
          p_from: Json;
          p_limit: number;
          p_period_start: string;
          p_tenant_id: string;
        };
        Returns: undefined;
      };
      rate_limit_reserve: { Args: { p_asks: Json }; Returns: Json };
      rate_limit_window_name: { Args: { p_started_at: string }; Returns: string };
      resource_periods_claim: { Args: { p_cluster: string; p_period_ms: number; p_until: string }; Returns: Json };
      restore_spec: { Args: { p_instance_id: string; p_spec: Json }; Returns: undefined };
      schedule_claim: {
        Args: { p_holder: string; p_lease_ms: number; p_name: string; p_next_run_at: string; p_slot: string };
        Returns: Json;
      };
      schedule_finish: {
        Args: { p_error: string; p_holder: string; p_name: string; p_slot: string; p_status: string };
        Returns: Json;
      };
      secrets_seal_anew: { Args: { p_now: string; p_place: string; p_was: string }; Returns: boolean };
      secrets_sealed_otherwise: { Args: { p_after: string; p_limit: number; p_prefix: string }; Returns: Json };
      spec_of: { Args: { p_instance: Database['public']['Tables']['instances']['Row'] }; Returns: Json };
      spec_to_go_back_to: { Args: { p_instance: Database['public']['Tables']['instances']['Row'] }; Returns: Json };
      stop_operation: { Args: { p_id: string }; Returns: string };
      suspension_work: { Args: { p_after: string; p_limit: number; p_tenant_id: string }; Returns: Json };
      take_hosts: { Args: { p_hosts: string[]; p_instance_id: string }; Returns: string };
      task_claim: {
        Args: { p_lease_ms: number; p_limit: number; p_queue: string; p_worker: string };
        Returns: {
          cancel_requested: boolean;
          created_at: string;
          fence: number;
          finished_at: string | null;
          id: string;
          lease_until: string | null;
          queue: string;
          run_at: string;
          seq: number;
          state: string;
          subject: string;
          worker: string | null;
        }[];
        SetofOptions: {
          from: '*';
          to: 'tasks';
          isOneToOne: false;
          isSetofReturn: true;
        };
      };
      task_done: { Args: { p_id: string }; Returns: undefined };
      task_heartbeat: { Args: { p_fence: number; p_id: string; p_lease_ms: number }; Returns: Json };
      task_is_held: { Args: { p_fence: number; p_id: string }; Returns: boolean };
      task_release: { Args: { p_delay_ms: number; p_fence: number; p_id: string }; Returns: Json };
      tenant_change: { Args: { p_change: Json; p_context: Json; p_id: string; p_row_version: number }; Returns: Json };
      tenant_create: {
        Args: {
          p_context: Json;
          p_id: string;
          p_metadata: Json;
          p_name: string;
          p_plan: string;
          p_slug: string;
          p_time_zone: string;
        };
        Returns: Json;
      };
      tenant_delete: {
        Args: { p_cascade: boolean; p_context: Json; p_id: string; p_row_version: number };
        Returns: Json;
      };
      tenant_refs: { Args: { p_ids: string[]; p_slugs: string[] }; Returns: Json };
      tenant_resume: { Args: { p_context: Json; p_source: string; p_tenant_id: string }; Returns: Json };
      tenant_suspend: {
        Args: { p_context: Json; p_reason: string; p_source: string; p_tenant_id: string };
        Returns: Json;
      };
      uninstallable: { Args: Record<PropertyKey, never>; Returns: string[] };
      usage_backfill: { Args: Record<PropertyKey, never>; Returns: Json };
      usage_compact: { Args: { p_limit: number }; Returns: Json };
      usage_counted_meters: { Args: { p_slug: string }; Returns: Json };
      usage_daily_due: { Args: { p_days: number; p_until: string }; Returns: Json };
      usage_daily_finish: { Args: { p_day: string }; Returns: undefined };
      usage_daily_increment: { Args: { p_measure: string; p_tenant_id: string; p_value: number }; Returns: undefined };
      usage_daily_make: { Args: { p_day: string; p_tenant_id: string }; Returns: Json };
      usage_daily_measured: {
        Args: { p_measure: string; p_value: number };
        Returns: {
          agent_count: number;
          api_calls: number;
          messages_sent: number;
          storage_mb: number;
        }[];
      };
      usage_daily_meters: {
        Args: { p_from: string; p_reach: string[]; p_tenant_id: string; p_to: string };
        Returns: Json;
      };
      usage_daily_read: {
        Args: { p_from: string; p_reach: string[]; p_tenants: string[]; p_to: string };
        Returns: Json;
      };
      usage_daily_tenants: { Args: { p_after: string; p_day: string; p_limit: number }; Returns: Json };
      usage_day_is_folded: { Args: { p_day: string }; Returns: boolean };
      usage_day_is_kept: { Args: { p_day: string }; Returns: boolean };
      usage_day_seal: { Args: { p_day: string; p_days: number }; Returns: Json };
      usage_days: { Args: Record<PropertyKey, never>; Returns: Json };
      usage_dimensions_of: {
        Args: { p_paths: Json };
        Returns: Database['public']['CompositeTypes']['usage_dimension'][];
      };
      usage_event_void: {
        Args: {
          p_context: Json;
          p_id: string;
          p_reason: string;
          p_replacement: string;
          p_source: string;
          p_tenant: string;
        };
        Returns: Json;
      };
      usage_events_list: { Args: { p_query: Json }; Returns: Json };
      usage_gauge_areas: {
        Args: { p_bounds: string[]; p_meters: number[]; p_tenants: string[] };
        Returns: {
          area: number;
          dims: Json;
          tenant_id: string;
          w: number;
        }[];
      };
      usage_grain: { Args: { p_inner: string[] }; Returns: number };
      usage_hash: { Args: { p_dims: Json }; Returns: string };
      usage_holds_until: {
        Args: { p_dims: Json; p_from: string; p_meter: number; p_tenant: string; p_until: string };
        Returns: boolean;
      };
      usage_ingest: { Args: { p_atomic: boolean; p_events: string }; Returns: Json };
      usage_instance_slices: { Args: { p_limit: number }; Returns: Json };
      usage_instance_slices_submitted: { Args: { p_slices: Json }; Returns: undefined };
      usage_instance_told: { Args: { p_message: Json }; Returns: Json };
      usage_keys_expire: { Args: { p_before: string; p_limit: number }; Returns: number };
      usage_lock_rollups: { Args: Record<PropertyKey, never>; Returns: undefined };
      usage_lock_shape: { Args: { p_alone: boolean }; Returns: undefined };
      usage_meter_change: {
        Args: { p_change: Json; p_context: Json; p_row_version: number; p_slug: string };
        Returns: Json;
      };
      usage_meter_create: { Args: { p_context: Json; p_meter: Json }; Returns: Json };
      usage_meter_delete: { Args: { p_context: Json; p_row_version: number; p_slug: string }; Returns: Json };
      usage_meter_insert: {
        Args: { p_meter: Json; p_version: number };
        Returns: {
          aggregation: string;
          backfill_day: string | null;
          backfill_tenant: string | null;
          conditions: Database['public']['CompositeTypes']['usage_filter'][];
          created_at: string;
          deleted_at: string | null;
          description: string | null;
          dimensions: Database['public']['CompositeTypes']['usage_dimension'][];
          event_type: string;
          filters: NonNullable<Json>;
          group_by: NonNullable<Json>;
          id: number;
          metadata: NonNullable<Json>;
          name: string;
          retention_days: number | null;
          row_version: number;
          slug: string;
          unit: string | null;
          updated_at: string;
          valid_from: string;
          valid_to: string;
          value_path: string[] | null;
          value_property: string | null;
          version: number;
        };
        SetofOptions: {
          from: '*';
          to: 'usage_meters';
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      usage_meter_json: { Args: { p_meter: Database['public']['Tables']['usage_meters']['Row'] }; Returns: Json };
      usage_meter_lock: {
        Args: { p_slug: string };
        Returns: {
          aggregation: string;
          backfill_day: string | null;
          backfill_tenant: string | null;
          conditions: Database['public']['CompositeTypes']['usage_filter'][];
          created_at: string;
          deleted_at: string | null;
          description: string | null;
          dimensions: Database['public']['CompositeTypes']['usage_dimension'][];
          event_type: string;
          filters: NonNullable<Json>;
          group_by: NonNullable<Json>;
          id: number;
          metadata: NonNullable<Json>;
          name: string;
          retention_days: number | null;
          row_version: number;
          slug: string;
          unit: string | null;
          updated_at: string;
          valid_from: string;
          valid_to: string;
          value_path: string[] | null;
          value_property: string | null;
          version: number;
        };
        SetofOptions: {
          from: '*';
          to: 'usage_meters';
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      usage_meter_version: {
        Args: { p_context: Json; p_meter: Json; p_row_version: number; p_slug: string };
        Returns: Json;
      };
      usage_meters_list: { Args: { p_after: string; p_limit: number; p_slug: string }; Returns: Json };
      usage_partition_drop: { Args: { p_day: string }; Returns: Json };
      usage_partitions_make: { Args: { p_days: string[] }; Returns: number };
      usage_period_close: { Args: { p_from: string; p_tenant: string; p_to: string }; Returns: Json };
      usage_period_open: { Args: { p_from: string; p_tenant: string; p_to: string }; Returns: undefined };
      usage_pieces: {
        Args: { p_from: string; p_grain: number; p_to: string };
        Returns: {
          a: string;
          b: string;
          grain: number;
        }[];
      };
      usage_query: { Args: { p_query: Json }; Returns: Json };
      usage_read_for: { Args: { p_reach: string[] }; Returns: string };
      usage_rebuild: { Args: { p_context: Json; p_day: string; p_meter: number; p_tenant: string }; Returns: Json };
      usage_recompute: {
        Args: { p_from: string; p_meter: number; p_tenant: string; p_to: string };
        Returns: undefined;
      };
      usage_rollup_upwards: {
        Args: { p_from: string; p_meter: number; p_tenant: string; p_to: string };
        Returns: undefined;
      };
      usage_verify: { Args: { p_day: string; p_meter: number; p_tenant: string }; Returns: Json };
      user_tokens_flush: { Args: { p_context: Json }; Returns: undefined };
      write_audit: {
        Args: {
          p_action: string;
          p_after: Json;
          p_before: Json;
          p_context: Json;
          p_resource_id: string;
          p_resource_type: string;
          p_tenant_id: string;
        };
        Returns: undefined;
      };
      write_outbox: {
        Args: { p_instance_id: string; p_payload: Json; p_tenant_id: string; p_topic: string };
        Returns: undefined;
      };
    };
    Enums: {
      [_ in never]: never;
    };
    CompositeTypes: {
      usage_dimension: {
        name: string | null;
        path: string[] | null;
      };
      usage_filter: {
        path: string[] | null;
        accepted: string[] | null;
      };
    };
  };
};
